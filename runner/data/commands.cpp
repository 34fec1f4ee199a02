#include "runner/data/commands.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "runner/data/aside.hpp"
#include "runner/data/prepare.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/specification.hpp"

namespace overtake {

namespace {

namespace fs = std::filesystem;

struct DataArguments {
    std::vector<std::string> what;
    DataConfig data;
    PrepareOptions options;
    std::optional<std::string> name;
};

/// Nothing if help was asked for, and printed.
std::optional<DataArguments> parse_arguments(const std::vector<std::string>& arguments) {
    DataArguments parsed;
    DataConfig& data = parsed.data;
    data.vocabulary = 0;
    const char* folder = std::getenv("OVERTAKE_DATA");
    data.folder = folder != nullptr && *folder != '\0' ? folder : "data";
    std::optional<std::int64_t> tokens;
    std::optional<std::uint64_t> seed;

    std::optional<std::string> archive;
    std::optional<std::int64_t> bytes;

    CLI::App app("Turn text into token shards: overtake data SWEEP.toml, or gcide, linux, synthetic, or FILE...",
                 "overtake data");
    app.add_option("what", parsed.what,
                   "a sweep file, \"gcide\", \"linux\", \"synthetic\", or text files or .bin shards")
        ->required();
    app.add_option("--tokenizer", data.tokenizer, "bytes or bpe")
        ->check(CLI::IsMember({"bytes", "bpe"}))
        ->capture_default_str();
    app.add_option("--vocabulary", data.vocabulary, "size of the vocabulary (default: 256 for bytes, 4096 for bpe)")
        ->check(CLI::Range(2, 1 << 24));
    app.add_option("--folder", data.folder, "where prepared corpora are (default: $OVERTAKE_DATA, else data)")
        ->capture_default_str();
    app.add_option("--name", parsed.name, "also keep the tokens as FOLDER/NAME.bin, for a sweep's shards");
    app.add_option("--dictionary", parsed.options.dictionary, "gcide: the dictionary file, if not Debian's");
    app.add_option("--archive", archive, "linux: the source's tar archive, if not Debian's");
    app.add_option("--bytes", bytes, "linux: at most this much text (default: 200,000,000)")
        ->check(CLI::PositiveNumber);
    app.add_option("--recall-share", data.recall_share, "plant keys and questions: share of all tokens, as in a sweep")
        ->check(CLI::Range(0.0, 0.5));
    app.add_option("--recall-distances", data.recall_distances, "their distances in tokens, from 32 on")
        ->check(CLI::Range(32, 1 << 20));
    app.add_option("--tokens", tokens, "synthetic: how many")->check(CLI::PositiveNumber);
    app.add_option("--seed", seed, "synthetic: which language");
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw ConfigError({Problem{"overtake data", std::string(error.what()) + "; see overtake data --help"}});
    }
    if (data.vocabulary == 0) {
        data.vocabulary = data.tokenizer == "bpe" ? 4096 : 256;
    }
    if (tokens || seed) {
        parsed.options.synthetic = SyntheticOptions{};
        parsed.options.synthetic->tokens = tokens.value_or(parsed.options.synthetic->tokens);
        parsed.options.synthetic->seed = seed.value_or(0);
    }
    if (archive || bytes) {
        parsed.options.source = LinuxOptions{};
        parsed.options.source->archive = archive.value_or(std::string(debian_linux_source));
        parsed.options.source->bytes = bytes.value_or(parsed.options.source->bytes);
    }
    constexpr std::array corpora{"gcide", "linux", "synthetic"};
    const bool named =
        parsed.what.size() == 1 && std::find(corpora.begin(), corpora.end(), parsed.what[0]) != corpora.end();
    data.corpus = named ? parsed.what[0] : "files";
    if (!named) {
        data.shards = parsed.what;
    }
    if (data.recall_share > 0 && (data.corpus == "synthetic" || data.has_token_shards())) {
        throw ConfigError(
            {Problem{"--recall-share", "recall is planted into text (this corpus has none); leave it out"}});
    }
    if ((data.recall_share > 0) == data.recall_distances.empty()) {
        throw ConfigError({Problem{"--recall-share", "share and distances go together; give both, or neither"}});
    }
    return parsed;
}

void print_documents(const CorpusMarks& marks, std::int64_t total) {
    std::vector<std::int64_t> lengths;
    std::int64_t longer = 0, tokens_in_longer = 0;
    for (std::size_t i = 0; i < marks.document_starts.size(); ++i) {
        const bool last = i + 1 == marks.document_starts.size();
        lengths.push_back((last ? total : marks.document_starts[i + 1]) - marks.document_starts[i]);
        longer += lengths.back() > 4096 ? 1 : 0;
        tokens_in_longer += lengths.back() > 4096 ? lengths.back() : 0;
    }
    std::nth_element(lengths.begin(), lengths.begin() + std::ssize(lengths) / 2, lengths.end());
    const auto percent = [](std::int64_t part, std::int64_t whole) {
        return std::to_string((200 * part + whole) / (2 * whole)) + " %";
    };
    std::cout << "documents        " << lengths.size() << ", median " << lengths[lengths.size() / 2] << " tokens; "
              << percent(longer, std::ssize(lengths)) << " have more than 4096, with "
              << percent(tokens_in_longer, total) << " of the tokens\n";
}

void print_marks(const DataConfig& data, std::int64_t total) {
    const CorpusMarks marks = read_marks(data);
    if (!marks.document_starts.empty()) {
        print_documents(marks, total);
    }
    if (data.recall_share > 0) {
        std::map<std::int64_t, std::int64_t> by_distance;
        for (const PlantedAnswer& answer : marks.answers) {
            ++by_distance[answer.distance];
        }
        std::cout << "planted answers  " << marks.answers.size();
        for (const auto& [distance, count] : by_distance) {
            std::cout << (distance == by_distance.begin()->first ? ": " : ", ") << count << " at " << distance;
        }
        std::cout << "\n";
    }
}

void prepare_and_print(const DataConfig& data, const PrepareOptions& options) {
    const PreparedCorpus prepared = prepare_corpus(data, options);
    const DataManifest& manifest = prepared.manifest;
    if (prepared.was_there) {
        std::cerr << corpus_folder(data).string() << ": already prepared\n";
    }
    std::array<char, 32> bytes_per_token{"unknown"};
    if (manifest.bytes_per_token > 0) {
        std::snprintf(bytes_per_token.data(), bytes_per_token.size(), "%.4f", manifest.bytes_per_token);
    }
    std::cout << "corpus           " << corpus_folder(data).string() << "\n"
              << "tokenizer        " << manifest.tokenizer << ", vocabulary " << manifest.vocabulary << "\n"
              << "training tokens  " << manifest.train_tokens << "\n"
              << "held-out tokens  " << manifest.heldout_tokens << "\n"
              << "bytes per token  " << bytes_per_token.data() << "\n"
              << "digest           " << manifest.digest << "\n";
    print_marks(data, manifest.train_tokens + manifest.heldout_tokens);
}

void keep_copy(const DataConfig& data, const std::string& name) {
    const std::vector<fs::path> shards = corpus_shards(data);
    const fs::path copy = fs::path(data.folder) / (name + ".bin");
    if (shards.size() != 1 || shards.front().parent_path() != corpus_folder(data)) {
        throw ConfigError({Problem{
            "--name", "these are token shards already (--name keeps tokens made from text); name them in the sweep"}});
    }
    const fs::path aside = aside_name(copy);
    std::error_code problem;
    fs::copy_file(shards.front(), aside, problem);
    if (problem) {
        throw IoError("cannot write '" + copy.string() + "' (" + problem.message() +
                      "); check free space and the name");
    }
    commit_aside(aside, copy);
    std::cout << "kept as          " << copy.string() << "\n";
}

int run_data(const std::vector<std::string>& arguments) {
    const std::optional<DataArguments> parsed = parse_arguments(arguments);
    if (!parsed) {
        return exit_code::done;
    }
    if (parsed->what.size() == 1 && fs::path(parsed->what[0]).extension() == ".toml") {
        std::set<fs::path> seen;
        for (const TrialConfig& trial : load_specification(parsed->what[0]).trials) {
            if (seen.insert(corpus_folder(trial.data)).second) {
                prepare_and_print(trial.data, parsed->options);
            }
        }
        return exit_code::done;
    }
    prepare_and_print(parsed->data, parsed->options);
    if (parsed->name) {
        keep_copy(parsed->data, *parsed->name);
    }
    return exit_code::done;
}

constexpr std::array commands{
    Command{"data", "turn text into token shards, or check the shards that a sweep names", run_data}};

}  // namespace

std::span<const Command> data_commands() {
    return commands;
}

}  // namespace overtake
