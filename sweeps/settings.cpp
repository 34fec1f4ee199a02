#include "sweeps/settings.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "sweeps/evaluation_section.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/section_reader.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

constexpr std::int64_t many = std::int64_t{1} << 40;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

void read_sweep(SectionReader& section, Settings& settings, Complaints& complaints) {
    section.read("name", settings.name);
    section.read("max_trials", settings.max_trials, 1, 10000000);
    if (!is_name(settings.name)) {
        const std::string is = settings.name.empty() ? "no name" : "the name \"" + settings.name + "\"";
        complaints.add(section.place("name"),
                       is + " (letters, digits, '-' and '_', at most 64); write name = \"quickstart\" in [sweep]");
    }
}

void read_data(SectionReader& section, Settings& settings, Complaints& complaints) {
    DataConfig& data = settings.data;
    section.read_choice<std::string>(
        "corpus", data.corpus,
        {{"gcide", "gcide"}, {"linux", "linux"}, {"synthetic", "synthetic"}, {"files", "files"}});
    section.read_choice<std::string>("tokenizer", data.tokenizer, {{"bytes", "bytes"}, {"bpe", "bpe"}});
    data.vocabulary = data.tokenizer == "bpe" ? 4096 : 256;
    section.read("vocabulary", data.vocabulary, 2, 1 << 24);
    section.read("shards", data.shards);
    section.read_choice<Documents>("documents", data.documents,
                                   {{"joined", Documents::joined}, {"packed", Documents::packed}});
    section.read("recall_share", data.recall_share, 0, 0.5);
    if (data.recall_share > 0) {
        data.recall_distances = {64, 256, 1024, 4096};
    }
    section.read("recall_distances", data.recall_distances, 32, 1 << 20);
    const char* environment = std::getenv("OVERTAKE_DATA");
    data.folder = environment != nullptr && *environment != '\0' ? environment : "data";
    section.read("folder", data.folder);
    if ((data.corpus == "gcide" || data.corpus == "linux") && data.tokenizer == "bytes" && data.vocabulary != 256) {
        complaints.add(section.place("vocabulary"),
                       "vocabulary is " + grouped(data.vocabulary) +
                           " (bytes have 256 values); leave it out, or set tokenizer = \"bpe\"");
    }
    if (data.corpus == "files" && data.shards.empty()) {
        complaints.add(section.place("corpus"),
                       "no shards (corpus \"files\" reads the files that shards names); add shards = [\"a.bin\"]");
    }
    if (data.corpus != "files" && !data.shards.empty()) {
        complaints.add(section.place("shards"),
                       "shards for corpus \"" + data.corpus + "\" (only \"files\" has them); set corpus = \"files\"");
    }
    settings.sizes.vocabulary = data.vocabulary;
}

void read_model(SectionReader& section, Settings& settings, Complaints& complaints) {
    SizeRules& sizes = settings.sizes;
    section.read_choice<Activation>("activation", sizes.activation,
                                    {{"gelu", Activation::gelu}, {"swiglu", Activation::swiglu}});
    section.read("qk_norm", sizes.qk_norm);
    section.read("tied", sizes.tied);
    section.read("heads", sizes.heads, 1, 4096);
    section.read("head_width", sizes.head_width, 2, 4096);
    section.read("mlp_ratio", sizes.mlp_ratio, 0.25, 64);
    section.read("aspect_ratio", sizes.aspect_ratio, 4, 1024);
    if (sizes.heads > 0 && sizes.head_width > 0) {
        complaints.add(section.place("head_width"),
                       "heads and head_width are both given (one follows from the other); leave one out");
    }
}

void read_optimizer(SectionReader& section, Settings& settings) {
    OptimizerConfig& optimizer = settings.optimizer;
    section.read("learning_rate", optimizer.learning_rate, 1e-8, 10);
    section.read("reference_parameters", settings.reference_parameters, 1, 1e13);
    section.read("exponent", settings.learning_rate_exponent, -2, 2);
    section.read("beta1", optimizer.beta1, 0, 0.999999);
    section.read("beta2", optimizer.beta2, 0, 0.999999);
    section.read("epsilon", optimizer.epsilon, 1e-30, 1);
    section.read("weight_decay", optimizer.weight_decay, 0, 10);
    section.read("clip_norm", optimizer.clip_norm, 0, 1e6);
    section.read("position_learning_rate_multiplier", optimizer.position_learning_rate_multiplier, 0, 1e6);
}

void read_schedule(SectionReader& section, Settings& settings, Complaints& complaints) {
    section.read_choice<ScheduleKind>("kind", settings.schedule,
                                      {{"wsd", ScheduleKind::wsd}, {"cosine", ScheduleKind::cosine}});
    section.read("cooldown_fraction", settings.cooldown_fraction, 0, 1);
    const DocumentNode* node = section.find("warmup");
    if (node == nullptr) {
        return;
    }
    const std::string rule = " (\"1x\" tokens per parameter, \"64k\" tokens, or \"100 steps\")";
    if (const auto* tokens = node->as<std::int64_t>(); tokens != nullptr && *tokens >= 0) {
        settings.warmup = {static_cast<double>(*tokens), Unit::count};
    } else if (const auto* text = node->as<std::string>()) {
        const auto quantity = parse_quantity(*text);
        if (quantity && quantity->unit != Unit::seconds) {
            settings.warmup = *quantity;
        } else if (text->ends_with('%')) {
            complaints.add(node->place, "warmup is a share of the budget" + rule +
                                            "; a share would give every budget a trunk of its own");
        } else {
            complaints.add(node->place, "warmup is \"" + *text + "\"" + rule + "; try \"1x\"");
        }
    } else {
        complaints.add(node->place, "warmup is " + node->type_name() + rule +
                                        "; a share of the budget would give every budget a trunk of its own");
    }
}

void read_training(SectionReader& section, Settings& settings) {
    TrainingConfig& training = settings.training;
    section.read("batch_tokens", settings.batch_tokens, 2, many);
    section.read("batch_exponent", settings.batch_exponent, -2, 2);
    section.read_choice<Precision>("precision", training.precision,
                                   {{"fp32", Precision::fp32}, {"bf16", Precision::bf16}});
    section.read("shards", settings.shards, 1, 65536);
    section.read("threads", training.threads, 1, 1024);
    section.read("log_every", training.log_every, 1, 1000000);
    section.read_choice<Device>("device", training.device, {{"cpu", Device::cpu}, {"cuda", Device::cuda}});
    training.deterministic = training.device == Device::cpu;
    section.read("deterministic", training.deterministic);
}

void read_cluster(SectionReader& section, ClusterSection& cluster) {
    section.read("ranks", cluster.ranks, 1, 1 << 20);
    section.read("max_width", cluster.max_width, 0, 1 << 20);
    section.read_seconds("checkpoint_every", cluster.checkpoint_seconds, 0.01, 86400);
    section.read_choice<Keep>("keep", cluster.keep,
                              {{"all", Keep::all}, {"trunks", Keep::trunks}, {"none", Keep::none}});
    section.read("budget_gpu_hours", cluster.budget_gpu_hours, 0, 1e12);
    section.read("restarts", cluster.restarts, 0, 1000);
}

void read_slurm(SectionReader& section, SlurmSection& slurm, const std::string& sweep_name) {
    slurm.job_name = sweep_name;
    section.read("job_name", slurm.job_name);
    section.read("partition", slurm.partition);
    section.read("account", slurm.account);
    section.read("qos", slurm.qos);
    section.read("constraint", slurm.constraint);
    section.read("nodes", slurm.nodes, 1, 100000);
    section.read("tasks_per_node", slurm.tasks_per_node, 1, 10000);
    section.read("gpus_per_task", slurm.gpus_per_task, 0, 64);
    section.read("cpus_per_task", slurm.cpus_per_task, 1, 10000);
    double limit = 60 * static_cast<double>(slurm.minutes);
    section.read_seconds("time_limit", limit, 60, 60.0 * 60 * 24 * 365);
    slurm.minutes = static_cast<std::int64_t>(std::ceil(limit / 60));
    double before = static_cast<double>(slurm.signal_seconds);
    section.read_seconds("signal_before", before, 1, 65535);
    slurm.signal_seconds = static_cast<std::int64_t>(std::ceil(before));
    section.read("requeue", slurm.requeue);
    section.read("setup", slurm.setup);
    section.read("extra", slurm.extra);
}

void read_analysis(SectionReader& section, AnalysisSection& analysis, Complaints& complaints) {
    section.read("baseline", analysis.baseline);
    section.read("delta_nats", analysis.delta_nats, 0, 10);
    section.read("bootstraps", analysis.bootstraps, 0, 1000000);
    section.read("seed", analysis.seed, 0, many);
    section.read("confidence", analysis.confidence, 0.5, 0.9999);
    std::vector<std::string_view> schemes;
    for (const SchemeInfo& scheme : position_schemes()) {
        schemes.push_back(scheme.name);
    }
    if (std::find(schemes.begin(), schemes.end(), analysis.baseline) == schemes.end()) {
        complaints.add(section.place("baseline"), "baseline is \"" + analysis.baseline + "\" (known: " +
                                                      listed(schemes) + ")" + did_you_mean(analysis.baseline, schemes));
    }
}

void report_unknown_sections(const DocumentNode& document, std::span<const SectionReader* const> sections,
                             Complaints& complaints) {
    std::vector<std::string_view> names{"grid", "claims"};
    for (const SectionReader* section : sections) {
        if (section->name() != "tuning") {  // nobody writes it by hand
            names.push_back(section->name());
        }
    }
    for (const DocumentEntry& entry : std::get<DocumentNode::Table>(document.value)) {
        if (entry.key == "tuning" || std::find(names.begin(), names.end(), entry.key) != names.end()) {
            continue;
        }
        const bool table =
            entry.node.as<DocumentNode::Table>() != nullptr || entry.node.as<DocumentNode::Array>() != nullptr;
        std::string hint = did_you_mean(entry.key, names);
        for (const SectionReader* section : sections) {
            if (std::find(section->known().begin(), section->known().end(), entry.key) != section->known().end()) {
                hint = "; it belongs in [" + section->name() + "]";
                break;
            }
        }
        complaints.add(entry.place, std::string("unknown ") + (table ? "section [" : "key \"") + entry.key +
                                        (table ? "]" : "\"") + " (sections: " + listed(names) + ")" + hint);
    }
}

}  // namespace

Place Settings::place(const std::string& section, const std::string& key) const {
    for (const std::string& where : {section + "." + key, section}) {
        if (const auto found = places.find(where); found != places.end()) {
            return found->second;
        }
    }
    return {};
}

Settings read_settings(const DocumentNode& document, Complaints& complaints) {
    Settings settings;
    const auto open = [&](const char* name) { return SectionReader(document, name, complaints); };
    SectionReader sweep = open("sweep"), data = open("data"), model = open("model"), optimizer = open("optimizer"),
                  schedule = open("schedule"), training = open("training"), evaluation = open("evaluation"),
                  cluster = open("cluster"), slurm = open("slurm"), analysis = open("analysis"), tune = open("tune"),
                  tuning = open("tuning");
    read_sweep(sweep, settings, complaints);
    read_data(data, settings, complaints);
    read_model(model, settings, complaints);
    read_optimizer(optimizer, settings);
    read_schedule(schedule, settings, complaints);
    read_training(training, settings);
    read_evaluation(evaluation, settings, complaints);
    read_cluster(cluster, settings.cluster);
    read_slurm(slurm, settings.slurm, settings.name);
    read_analysis(analysis, settings.analysis, complaints);
    settings.tune = read_tune(tune, tuning, complaints);
    const SectionReader* const all[] = {&sweep,      &data,    &model, &optimizer, &schedule, &training,
                                        &evaluation, &cluster, &slurm, &analysis,  &tune,     &tuning};
    for (const SectionReader* section : all) {
        section->report_unknown_keys(all);
    }
    report_unknown_sections(document, all, complaints);
    for (const DocumentEntry& section : std::get<DocumentNode::Table>(document.value)) {
        settings.places[section.key] = section.place;
        if (const auto* keys = section.node.as<DocumentNode::Table>()) {
            for (const DocumentEntry& entry : *keys) {
                settings.places[section.key + "." + entry.key] = entry.node.place;
            }
        }
    }
    return settings;
}

}  // namespace overtake
