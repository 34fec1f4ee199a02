#include "sweeps/evaluation_section.hpp"

#include <algorithm>

#include "sweeps/evaluation_tasks.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

constexpr std::int64_t many = std::int64_t{1} << 40;

/// The tasks in the table's order, each once.
void read_tasks(SectionReader& section, EvaluationConfig& evaluation, Complaints& complaints) {
    std::vector<std::string> asked;
    section.read("tasks", asked);
    std::vector<std::string_view> known;
    for (const TaskInfo& task : evaluation_tasks()) {
        known.push_back(task.name);
        if (std::find(asked.begin(), asked.end(), task.name) != asked.end()) {
            evaluation.tasks.emplace_back(task.name);
        }
    }
    for (const std::string& name : asked) {
        if (find_task(name) == nullptr) {
            complaints.add(section.place("tasks"),
                           "unknown task \"" + name + "\" (known: " + listed(known) + ")" + did_you_mean(name, known));
        }
    }
    section.read("task_samples", evaluation.task_samples, 1, 1 << 20);
    const DocumentNode* node = section.find("task_depths");
    const auto* items = node == nullptr ? nullptr : node->as<DocumentNode::Array>();
    if (node == nullptr) {
        return;
    }
    evaluation.task_depths.clear();
    for (const DocumentNode& item : items == nullptr ? DocumentNode::Array{} : *items) {
        const auto* number = item.as<double>();
        const auto* whole = item.as<std::int64_t>();
        if (number != nullptr || whole != nullptr) {
            evaluation.task_depths.push_back(number != nullptr ? *number : static_cast<double>(*whole));
        }
    }
    if (items == nullptr || evaluation.task_depths.size() != items->size()) {
        complaints.add(
            node->place,
            "task_depths is not a list of numbers (shares of the filler before the needle); try [0, 0.5, 1]");
    }
}

void read_blockwise(SectionReader& section, EvaluationConfig& evaluation, Complaints& complaints) {
    section.read("blockwise", evaluation.blockwise);
    const DocumentNode* node = section.find("scored_blocks");
    const auto* word = node == nullptr ? nullptr : node->as<std::string>();
    if (word != nullptr && *word == "all") {
        evaluation.scored_blocks = 0;
    } else if (word != nullptr && !parse_quantity(*word)) {
        complaints.add(node->place,
                       "scored_blocks is \"" + *word + "\" (blocks per doubling of position, or \"all\"); try 4");
    } else {
        section.read("scored_blocks", evaluation.scored_blocks, 1, 1 << 20);
    }
    section.read("scored_block", evaluation.scored_block, 1, 1 << 20);
    section.read("blockwise_flops", evaluation.blockwise_flops, 1, 1e21);
}

}  // namespace

void read_evaluation(SectionReader& section, Settings& settings, Complaints& complaints) {
    section.read("tokens", settings.evaluation.tokens, 2, many);
    section.read_choice<WindowPlaces>("windows", settings.evaluation.windows,
                                      {{"spread", WindowPlaces::spread}, {"documents", WindowPlaces::documents}});
    section.read("sliding_stride", settings.evaluation.sliding_stride, 1, many);
    read_tasks(section, settings.evaluation, complaints);
    read_blockwise(section, settings.evaluation, complaints);
    const DocumentNode* node = section.find("lengths");
    const auto* items = node == nullptr ? nullptr : node->as<DocumentNode::Array>();
    const std::string rule = " (context lengths in tokens, or multiples of the train length)";
    if (node == nullptr) {
        return;
    }
    if (items == nullptr || items->empty()) {
        complaints.add(node->place, "lengths is " + (items == nullptr ? node->type_name() : "empty") + rule +
                                        "; try [\"1x\", \"2x\", \"4x\"]");
        return;
    }
    settings.lengths.clear();
    for (const DocumentNode& item : *items) {
        const auto* number = item.as<std::int64_t>();
        const auto* text = item.as<std::string>();
        std::optional<Quantity> length = text == nullptr ? std::nullopt : parse_quantity(*text);
        if (number != nullptr && *number > 0) {
            length = Quantity{static_cast<double>(*number), Unit::count};
        }
        const bool usable = length && length->value > 0 && length->value < 1e9 &&
                            (length->unit == Unit::ratio || (length->unit == Unit::count && whole_number(*length)));
        if (!usable) {
            complaints.add(item.place, "an evaluation length is " +
                                           (text == nullptr ? item.type_name() : "\"" + *text + "\"") + rule +
                                           "; try 512 or \"4x\"");
        } else if (std::find(settings.lengths.begin(), settings.lengths.end(), *length) != settings.lengths.end()) {
            complaints.add(item.place, "an evaluation length is listed twice (each once); leave one out");
        } else {
            settings.lengths.push_back(*length);
        }
    }
}

}  // namespace overtake
