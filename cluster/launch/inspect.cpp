#include "cluster/launch/inspect.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include <nlohmann/json.hpp>

#include "cluster/launch/command_line.hpp"
#include "cluster/launch/launch_line.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

using Json = nlohmann::json;

const CLI::Range positive(std::int64_t{1}, std::int64_t{1} << 31), not_negative(std::int64_t{0}, std::int64_t{1} << 31);

/// Options whose values go into a question under a key, if they were given.
class Question {
  public:
    template <class T>
    CLI::Option* add(CLI::App& app, const std::string& option, const char* key, T& value, const std::string& meaning) {
        CLI::Option* added = app.add_option(option, value, meaning);
        parts_.push_back([added, key, &value](Json& json) {
            if (added->count() > 0) {
                json[key] = value;
            }
        });
        return added;
    }

    Json json() const {
        Json json = Json::object();
        for (const auto& part : parts_) {
            part(json);
        }
        return json;
    }

  private:
    std::vector<std::function<void(Json&)>> parts_;
};

int ask(const std::filesystem::path& train, const std::string& option, const Json& question, bool as_json) {
    std::vector<std::string> arguments{train_program(train).string(), option, question.dump()};
    if (as_json) {
        arguments.emplace_back("--json");
    }
    return run_program(arguments);
}

int inspect_position(const std::vector<std::string>& arguments, const std::filesystem::path& train) {
    CLI::App app("Say what a position scheme has, in fp64: frequencies [radians per position, per pair], temperature (factor of cosines and\n"
                 "sines), slopes, table, buckets, bias [H, N, N] before the mask (positions 0 .. N-1), initial parameters.\n"
                 "A case file has queries, keys, values, inputs and parameters to evaluate it on (logits before the mask, output);\n"
                 "its keys: scheme, on, options, extension, heads, head_width, layers, layer, train_length, length, seed,\n"
                 "queries, keys, values [H][N][d] or a list of those, inputs [N][D], parameters {name: numbers}, positions [N],\n"
                 "document_starts [N]. runner/INSPECT.md has all of it.",
                 "overtake inspect position");
    std::string scheme, on, file;
    std::vector<std::string> settings;
    std::map<std::string, std::int64_t> numbers;
    bool json = false;
    Question question;
    question.add(app, "scheme", "scheme", scheme, "a scheme, an extension (applied to rope), or both: rope+yarn");
    question.add(app, "--set", "set", settings, "options as key=value, one or more; values as in TOML: 4, true, half, [1, 1.5]");
    question.add(app, "--on", "on", on, "the scheme that an extension is applied to (default: rope)");
    question.add(app, "--heads", "heads", numbers["heads"], "H")->check(positive);
    question.add(app, "--head-width", "head_width", numbers["head_width"], "d; the model is H d wide")->check(positive);
    question.add(app, "--train-length", "train_length", numbers["train_length"], "T, the original length of extensions (default: N)")
        ->check(positive);
    question.add(app, "--length", "length", numbers["length"], "N, in tokens (default: T)")->check(positive);
    question.add(app, "--layers", "layers", numbers["layers"], "layers of the model (default: 1)")->check(positive);
    question.add(app, "--layer", "layer", numbers["layer"], "the one whose biases are shown (default: 0)")->check(not_negative);
    question.add(app, "--seed", "seed", numbers["seed"], "of initial parameters (default: 0)")->check(not_negative);
    question.add(app, "--case", "case", file, "a case file (JSON); options that are given too must agree with it")->check(CLI::ExistingFile);
    app.add_flag("--json", json, "one JSON object; numbers keep every bit");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    // `--set base=2 rope`: what is no setting is the scheme.
    const auto word = std::find_if(settings.begin(), settings.end(), [](const std::string& setting) { return setting.find('=') == std::string::npos; });
    Json asked = question.json();
    if (scheme.empty() && word != settings.end()) {
        asked["scheme"] = scheme = *word;
        settings.erase(word);
        asked["set"] = settings;
    }
    if (scheme.empty() && file.empty()) {
        throw ConfigError({Problem{"", "no scheme (a name, or a case file that names one); for example: overtake inspect position rope --heads 4 "
                                "--head-width 32 --length 128"}});
    }
    return ask(train, "--inspect", asked, json);
}

int inspect_stage(const std::vector<std::string>& arguments, const std::filesystem::path& train) {
    CLI::App app("Say what a trained position scheme has: what `inspect position` says, with the parameters of a stage's state, all layers.",
                 "overtake inspect stage");
    std::string id, folder = ".";
    std::int64_t length = 0;
    bool json = false;
    app.add_option("id", id, "of the stage, as `overtake plan` lists it")->required();
    app.add_option("--in", folder, "sweep folder (default: the current one)")->check(CLI::ExistingDirectory);
    app.add_option("--length", length, "N, in tokens (default: the train length, at most 64)")->check(positive);
    app.add_flag("--json", json, "one JSON object");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    return ask(train, "--inspect", {{"stage", id}, {"folder", folder}, {"length", length}}, json);
}

int bench_position(const std::vector<std::string>& arguments, const std::filesystem::path& train) {
    CLI::App app("Time training steps of position schemes against rope's, in turns, one thread. A table: milliseconds (median over rounds),\n"
                 "ratio to rope (median of the ratios of a round), position parameters.",
                 "overtake bench position");
    std::string schemes = "all", shape = "4,128,4", precision = "fp32", device = "cpu";
    std::int64_t length = 512, batch = 4, rounds = 5, steps = 1;
    bool json = false;
    app.add_option("--schemes", schemes, "all, or names with commas between (default: all that can be trained)");
    app.add_option("--shape", shape, "layers,width,heads (default: 4,128,4)");
    app.add_option("--length", length, "T, in tokens (default: 512)")->check(positive);
    app.add_option("--batch", batch, "sequences of a step (default: 4)")->check(positive);
    app.add_option("--precision", precision, "fp32 or bf16 (default: fp32)")->check(CLI::IsMember({"fp32", "bf16"}));
    app.add_option("--device", device, "cpu or cuda (default: cpu)")->check(CLI::IsMember({"cpu", "cuda"}));
    app.add_option("--rounds", rounds, "in which every scheme has its turn, after one to warm up (default: 5)")->check(positive);
    app.add_option("--steps", steps, "of a turn (default: 1)")->check(positive);
    app.add_flag("--json", json, "one JSON object");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    return ask(train, "--bench-position",
               {{"schemes", schemes}, {"shape", shape}, {"length", length}, {"batch", batch}, {"precision", precision},
                {"device", device}, {"rounds", rounds}, {"steps", steps}},
               json);
}

struct Subject {
    const char* name;
    int (*run)(const std::vector<std::string>&, const std::filesystem::path&);
};

int hand_over(const std::string& verb, const std::vector<Subject>& subjects, const std::vector<std::string>& arguments,
              const std::filesystem::path& train) {
    for (const Subject& subject : subjects) {
        if (!arguments.empty() && arguments[0] == subject.name) {
            return subject.run({arguments.begin() + 1, arguments.end()}, train);
        }
    }
    std::string names;
    for (const Subject& subject : subjects) {
        names += (names.empty() ? "" : ", ") + std::string(subject.name);
    }
    const std::string given = arguments.empty() ? "nothing to " + verb : "overtake " + verb + " has no '" + arguments[0] + "'";
    throw ConfigError({{"", given + " (known: " + names + "); see overtake " + verb + " " + subjects[0].name + " --help"}});
}

}  // namespace

int inspect(const std::vector<std::string>& arguments, const std::filesystem::path& train) {
    return hand_over("inspect", {{"position", inspect_position}, {"stage", inspect_stage}}, arguments, train);
}

int bench(const std::vector<std::string>& arguments, const std::filesystem::path& train) {
    return hand_over("bench", {{"position", bench_position}}, arguments, train);
}

int inspect_verb(const std::vector<std::string>& arguments) { return inspect(arguments, {}); }

int bench_verb(const std::vector<std::string>& arguments) { return bench(arguments, {}); }

}  // namespace overtake
