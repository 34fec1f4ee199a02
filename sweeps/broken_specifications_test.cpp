// Broken sweep files: each says where the fault is and what would mend it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sweeps/specification.hpp"

namespace overtake {
namespace {

struct Broken {
    const char* place;  // line:column
    const char* part;   // of the problem's text
    std::string text;
};

/// A sound file of which one part is replaced; its first line is line 1.
std::string file(const std::string& grid, const std::string& section = "") {
    return "[sweep]\nname = \"broken\"\n[grid]\n" + grid + section;
}
const std::string size = "size = \"2x64\"\n";          // line 4
const std::string tokens = "tokens = \"20x\"\n";       // line 5
const std::string position = "position = \"rope\"\n";  // line 6
const std::string sound = size + tokens + position;    // sections begin on line 7

std::vector<Broken> cases() {
    return {
        // Syntax
        {"2:8", "TOML syntax", "[sweep]\nname = \n"},
        {"1:7", "TOML syntax", "[sweep\nname = \"a\"\n"},
        {"3:1", "keep one", "[sweep]\nname = \"a\"\nname = \"b\"\n"},
        {"2:13", "TOML syntax", "[sweep]\nname = \"open\n"},
        {"5:1", "TOML syntax", file("size = [\"2x64\"\ntokens = 1\n")},
        {"7:17", "TOML syntax", file(sound, "train_length = 1\u03bf\n")},  // a Greek o, which TOML++ would take for impossible
        {"7:17", "TOML syntax", file(sound, "train_length = 1x'\u03b6'\n")},  // a quote behind a letter opens no string
        {"7:18", "TOML syntax", file(sound, "train_length = 12='\u03b6'\n")},  // nor one behind the '=' of a faulty number
        {"6:11", "redefine existing string", "[sweep]\nname = \"a\"\n[grid]\n\"gr\u00f6\u00dfe\" = \"1\"\n# \u03b6\n\"gr\u00f6\u00dfe\" = \"2\"\n"},
        {"7:8", "TOML syntax", file(sound, "seed = \u0663\n")},
        // Sections
        {"1:1", "name = \"quickstart\"", "[grid]\n" + sound},
        {"7:2", "did you mean \"training\"?", file(sound, "[trainig]\nthreads = 1\n")},
        {"7:2", "sections: grid, claims, sweep, data", file(sound, "[wandb]\nkey = 1\n")},
        {"1:1",
         "unknown key \"ranks\" (sections: grid, claims, sweep, data, model, optimizer, schedule, training, evaluation, "
         "cluster, slurm, analysis, tune); it belongs in [cluster]",
         "ranks = 2\n" + file(sound)},
        {"1:1", "no [grid]", "[sweep]\nname = \"a\"\n"},
        {"3:3", "write [data]", "[sweep]\nname = \"a\"\n[[data]]\ncorpus = \"gcide\"\n[grid]\n" + sound},
        // Keys
        {"8:1", "did you mean \"learning_rate\"?", file(sound, "[optimizer]\nlearning_rat = 0.1\n")},
        {"8:1", "did you mean \"weight_decay\"?", file(sound, "[optimizer]\nweight-decay = 0.1\n")},
        {"8:1", "it belongs in [schedule]", file(sound, "[training]\nwarmup = \"1x\"\n")},
        {"8:1", "it belongs in [training]", file(sound, "[cluster]\nbatch_tokens = 4096\n")},
        {"8:1", "keys of [analysis]: baseline", file(sound, "[analysis]\nzzz = 1\n")},
        // Types and ranges
        {"8:17", "it takes a finite number", file(sound, "[optimizer]\nlearning_rate = \"fast\"\n")},
        {"8:17", "it takes a finite number", file(sound, "[optimizer]\nlearning_rate = nan\n")},
        {"8:17", "it takes a finite number", file(sound, "[optimizer]\nlearning_rate = inf\n")},
        {"8:17", "allowed: 1e-08 to 10", file(sound, "[optimizer]\nlearning_rate = 100\n")},
        {"8:9", "allowed: 0 to 0.999999", file(sound, "[optimizer]\nbeta2 = 1.0\n")},
        {"8:13", "did you mean \"bf16\"?", file(sound, "[training]\nprecision = \"fb16\"\n")},
        {"8:17", "it takes true or false", file(sound, "[training]\ndeterministic = \"yes\"\n")},
        {"8:16", "it takes a whole number", file(sound, "[training]\nbatch_tokens = 4096.5\n")},
        {"8:16", "it takes a whole number", file(sound, "[training]\nbatch_tokens = \"4096 seconds\"\n")},
        {"8:13", "allowed: 1 to 1,000,000", file(sound, "[training]\nlog_every = 0\n")},
        {"8:20", "such as \"90s\"", file(sound, "[cluster]\ncheckpoint_every = \"often\"\n")},
        {"8:8", "known: all, trunks, none", file(sound, "[cluster]\nkeep = \"some\"\n")},
        {"8:14", "allowed: 60 to", file(sound, "[slurm]\ntime_limit = \"5s\"\n")},
        {"8:10", "an array of strings", file(sound, "[slurm]\nsetup = [1]\n")},
        {"8:12", "did you mean \"rope\"?", file(sound, "[analysis]\nbaseline = \"roep\"\n")},
        {"8:10", "own", file(sound, "[schedule]\nwarmup = \"5%\"\n")},
        {"8:10", "own", file(sound, "[schedule]\nwarmup = 0.05\n")},
        {"8:10", "try \"1x\"", file(sound, "[schedule]\nwarmup = \"2h\"\n")},
        {"8:11", "try [\"1x\", \"2x\", \"4x\"]", file(sound, "[evaluation]\nlengths = []\n")},
        {"8:12", "try 512 or \"4x\"", file(sound, "[evaluation]\nlengths = [\"far\"]\n")},
        {"8:17", "listed twice", file(sound, "[evaluation]\nlengths = [128, 128]\n")},
        {"8:9", "did you mean \"passkey\"?", file(sound, "[evaluation]\ntasks = [\"pass-key\"]\n")},
        {"8:15", "ascending shares", file(sound, "[evaluation]\ntask_depths = [0.5, 0.25]\n")},
        {"8:15", "try [0, 0.5, 1]", file(sound, "[evaluation]\ntask_depths = [\"deep\"]\n")},
        {"8:18", "at most the shortest length, 128", file(sound, "[evaluation]\nsliding_stride = 129\n")},
        {"8:17", "or \"all\"", file(sound, "[evaluation]\nscored_blocks = \"many\"\n")},
        {"8:11", "raise blockwise_flops", file(sound, "[evaluation]\nlengths = [2097152]\n")},
        {"10:9", "bytes of text",
         file(sound, "[data]\ncorpus = \"synthetic\"\n[evaluation]\ntasks = [\"copy\", \"needle\"]\n")},
        {"8:10", "warmup is a date", file(sound, "[schedule]\nwarmup = 1970-01-01\n")},
        // Data
        {"8:10", "did you mean \"gcide\"?", file(sound, "[data]\ncorpus = \"gicde\"\n")},
        {"8:14", "bytes have 256 values", file(sound, "[data]\nvocabulary = 1000\n")},
        {"8:10", "add shards", file(sound, "[data]\ncorpus = \"files\"\n")},
        {"8:10", "set corpus = \"files\"", file(sound, "[data]\nshards = [\"a.bin\"]\n")},
        {"8:13", "did you mean \"packed\"?", file(sound, "[data]\ndocuments = \"paked\"\n")},
        {"8:13", "use \"joined\", or corpus \"linux\"", file(sound, "[data]\ndocuments = \"packed\"\n")},
        {"8:13", "token shards or of a single file",
         file(sound, "[data]\ndocuments = \"packed\"\ncorpus = \"files\"\nshards = [\"a.bin\", \"b.bin\"]\n")},
        {"8:11", "use \"spread\"", file(sound, "[evaluation]\nwindows = \"documents\"\n")},
        {"8:16", "allowed: 0 to 0.5", file(sound, "[data]\nrecall_share = 0.9\n")},
        {"9:16", "recall of its own", file(sound, "[data]\ncorpus = \"synthetic\"\nrecall_share = 0.1\n")},
        {"8:20", "set both, or neither", file(sound, "[data]\nrecall_distances = [64]\n")},
        {"9:25", "recall_distances has 8 (allowed: 32",
         file(sound, "[data]\nrecall_share = 0.1\nrecall_distances = [64, 8]\n")},
        {"9:20", "an array of whole numbers", file(sound, "[data]\nrecall_share = 0.1\nrecall_distances = 64\n")},
        // Names
        {"2:8", "letters, digits", "[sweep]\nname = \"my sweep\"\n[grid]\n" + sound},
        {"3:14", "allowed: 1 to 10,000,000", "[sweep]\nname = \"a\"\nmax_trials = 0\n[grid]\n" + sound},
        // Axes
        {"3:2", "add size = [\"2x64\"]", file(tokens + position)},
        {"7:1", "did you mean \"seed\"?", file(sound + "seeds = [0, 1]\n")},
        {"4:8", "did you mean \"gpt2-medium\"?", file("size = \"gpt2-medum\"\n" + tokens + position)},
        {"4:8", "layers x width \"2x64\"", file("size = \"2x\"\n" + tokens + position)},
        {"4:8", "write {layers = 2, width = 64}", file("size = {layers = 2}\n" + tokens + position)},
        {"4:21", "did you mean \"width\"?", file("size = {layers = 2, widht = 64}\n" + tokens + position)},
        {"4:8", "the nearest shape has", file("size = \"100\"\n" + tokens + position)},
        {"4:8", "width must be a multiple of heads",
         file("size = {layers = 2, width = 64, heads = 5}\n" + tokens + position)},
        {"4:17", "twice", file("size = [\"2x64\", \"micro\"]\n" + tokens + position)},
        {"5:10", "try \"20x\" or \"10M\"", file(size + "tokens = \"many\"\n" + position)},
        {"5:11", "positive", file(size + "tokens = [-5]\n" + position)},
        {"5:17", "twice", file(size + "tokens = [1000, \"1k\"]\n" + position)},
        {"5:10", "has no values", file(size + "tokens = []\n" + position)},
        {"6:13", "did you mean \"rope\"?", file(size + tokens + "position = [\"roep\"]\n")},
        {"6:12", "write {scheme = \"rope\", extension = \"yarn\", factor = 4}",
         file(size + tokens + "position = \"yarn\"\n")},
        {"6:30", "did you mean \"base\"?", file(size + tokens + "position = {scheme = \"rope\", bsae = 5}\n")},
        {"6:37", "allowed: 1.000001", file(size + tokens + "position = {scheme = \"rope\", base = 0}\n")},
        {"6:12", "add factor = 4", file(size + tokens + "position = {scheme = \"rope\", extension = \"pi\"}\n")},
        {"6:43", "set scheme = \"rope\"",
         file(size + tokens + "position = {scheme = \"alibi\", extension = \"pi\", factor = 2}\n")},
        {"6:55", "has \"2\" in its list (numbers only)",
         file(size + tokens + "position = {scheme = \"rope\", base = [1], layout = [1, \"2\"]}\n")},
        {"6:37", "it takes a number", file(size + tokens + "position = {scheme = \"rope\", base = [1]}\n")},
        {"6:12", "one for each of the 8 pairs",
         file(size + tokens + "position = {scheme = \"rope\", extension = \"longrope\", factor = 4, long_factors = [2]}\n")},
        {"6:82", "number 2 of its list",
         file(size + tokens + "position = {scheme = \"rope\", extension = \"longrope\", factor = 4, short_factors = [2, 0]}\n")},
        {"6:45", "write extension = \"interpolate\"",
         file(size + tokens + "position = {scheme = \"learned\", extension = \"pi\", factor = 2}\n")},
        {"6:40", "leave the extension out",
         file(size + tokens + "position = {scheme = \"t5\", extension = \"clamp\"}\n")},
        {"6:43", "did you mean \"randomised\"?",
         file(size + tokens + "position = {scheme = \"learned\", sampler = \"randomized\"}\n")},
        {"6:12", "write {scheme = \"rope\", sampler = \"shape\"}", file(size + tokens + "position = \"shape\"\n")},
        {"6:43", "write sampler = \"randomised\"",
         file(size + tokens + "position = {scheme = \"learned\", sampler = \"cape\"}\n")},
        {"6:12", "each token needs a position of its own",
         file(size + tokens + "position = {scheme = \"learned\", sampler = \"randomised\", longest = 64}\n")},
        {"6:12", "write {scheme = \"rope\"}", file(size + tokens + "position = {base = 5}\n")},
        {"6:46", "did you mean \"head\"?",
         file(size + tokens + "position = {scheme = \"learned-rope\", share = \"haed\"}\n")},
        {"7:16", "multiple of every train length", file(sound + "train_length = 100\n")},
        {"7:8", "whole number", file(sound + "seed = -1\n")},
        {"7:28", "a number", file(sound + "learning_rate_multiplier = 0\n")},
        {"4:8", "at most 1,000 layers", file("size = \"9999999x9999999\"\n" + tokens + position)},
        {"4:8", "at most 1,000 layers", file("size = {layers = 4000000, width = 4000000}\n" + tokens + position)},
        {"5:10", "out of range", file(size + "tokens = \"9000000000000x\"\n" + position)},
        // Zip and exclude
        {"8:8", "make them equally long",
         file(size, "[[grid.zip]]\ntokens = [\"5x\", \"10x\"]\nposition = \"rope\"\nseed = [1, 2, 3]\n")},
        {"7:1", "move seed to [grid]", file(sound, "[[grid.zip]]\nseed = [1, 2]\n")},
        {"7:1", "keep one", file(sound, "[[grid.zip]]\nseed = [1, 2]\ntokens = [1, 2]\n")},
        {"8:8", "does not have", file(sound, "[[grid.exclude]]\nsize = \"2x32\"\n")},
        {"8:1", "did you mean \"position\"?", file(sound, "[[grid.exclude]]\npositon = \"rope\"\n")},
        {"3:2", "loosen them", file(sound, "[[grid.exclude]]\nsize = \"2x64\"\n")},
        // Rules between values
        {"5:10", "warm-up must end before it", file(size + "tokens = \"1k\"\n" + position)},
        {"8:10", "a power of two that divides", file(sound, "[training]\nshards = 3\n")},
        {"8:11", "add the train length",
         file(size + tokens + "position = \"learned\"\n", "[evaluation]\nlengths = [256]\n")},
        {"8:10", "at least one window per length", file(sound, "[evaluation]\ntokens = 100\n")},
        {"8:14", "leave one out", file(sound, "[model]\nhead_width = 16\nheads = 4\n")},
        {"8:14", "choose a divisor", file(sound, "[model]\nhead_width = 24\n")},
    };
}

TEST(BrokenSpecifications, EachIsPlacedAndMended) {
    const auto all = cases();
    EXPECT_GE(all.size(), 40u);
    for (const Broken& broken : all) {
        try {
            parse_specification(broken.text, "a.toml");
            ADD_FAILURE() << "accepted:\n" << broken.text;
        } catch (const ConfigError& error) {
            const std::string where = std::string("a.toml:") + broken.place;
            const bool found =
                std::any_of(error.problems().begin(), error.problems().end(), [&](const Problem& problem) {
                    return problem.where == where && problem.what.find(broken.part) != std::string::npos;
                });
            EXPECT_TRUE(found) << "wanted " << where << " ... " << broken.part << "\ngot " << error.what() << "\nfor:\n"
                               << broken.text;
        }
    }
}

TEST(BrokenSpecifications, NamesOfLettersThatAreNotAsciiAreTheirOwn) {
    std::string text;
    for (char32_t letter = 0x3b1; letter <= 0x3c9; ++letter) {
        const std::string name{static_cast<char>(0xc0 | letter >> 6), static_cast<char>(0x80 | (letter & 0x3f))};
        text.append("\"").append(name).append("\" = 1 # ").append(name).append("\n\"").append(name).append("x\" = '").append(name).append("'\n");
    }
    Complaints complaints("a.toml");
    const DocumentNode document = parse_document(text, complaints);
    EXPECT_TRUE(complaints.problems().empty());
    EXPECT_EQ(document.as<DocumentNode::Table>()->size(), 50u);
    ASSERT_NE(document.find("\u03b6x"), nullptr);
    EXPECT_EQ(document.find("\u03b6x")->node.shown(), "\"\u03b6\"");
}

TEST(BrokenSpecifications, AllProblemsAtOnceInTheOrderOfTheFile) {
    const std::string text =
        "[sweep]\nnmae = \"x\"\n[grid]\nsize = \"3y\"\ntokens = 0\nposition = [\"roep\", "
        "\"alibbi\"]\n[training]\nprecision = 3\n";
    try {
        parse_specification(text, "b.toml");
        FAIL();
    } catch (const ConfigError& error) {
        std::vector<std::string> places;
        for (const Problem& problem : error.problems()) {
            places.push_back(problem.where);
        }
        EXPECT_EQ(places, (std::vector<std::string>{"b.toml:1:2", "b.toml:2:1", "b.toml:4:8", "b.toml:5:10",
                                                    "b.toml:6:13", "b.toml:6:21", "b.toml:8:13"}));
    }
}

TEST(BrokenSpecifications, OneFaultOfManyTrialsIsToldOnce) {
    try {
        parse_specification(file("size = [\"2x64\", \"2x32\"]\n" + tokens + position + "seed = [0, 1, 2]\n",
                                 "[training]\nshards = 3\n"),
                            "c.toml");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.problems().size(), 1u) << error.what();
    }
}

TEST(BrokenSpecifications, HostileFilesEndInWords) {
    const std::vector<std::string> files{
        std::string((std::size_t{1} << 20) + 1, '#'),
        std::string(100000, '['),
        "a = " + std::string(100000, '['),
        "a = " + std::string(100000, '{'),
        [] {
            std::string keys;
            for (int i = 0; i < 100000; ++i) {
                keys += "a.";
            }
            return keys + "b = 1\n";
        }(),
        std::string("a = \"\0\"\n", 8),
        "\xff\xfe\x00",
        "a = \"\\ud800\"\n",
        "a = 99999999999999999999999\n",
        "",
    };
    for (const std::string& text : files) {
        EXPECT_THROW(parse_specification(text, "h.toml"), ConfigError) << text.substr(0, 40);
    }
}

// Seeded: one byte of a sound file changed, removed or doubled must end in a value or in a ConfigError, never
// otherwise.
TEST(BrokenSpecifications, EditedFilesNeverEscape) {
    const std::string whole = file(
        "size = [\"1x16\", \"100k\"]\ntokens = [\"5x\", 4096000]\nposition = [\"rope\", {scheme = \"rope\", extension "
        "= \"yarn\", factor = 4}]\n",
        "[[grid.exclude]]\nsize = \"1x16\"\ntokens = \"5x\"\n[schedule]\nwarmup = \"0.1x\"\n[evaluation]\nlengths = "
        "[\"1x\", 256]\n");
    ASSERT_NO_THROW(parse_specification(whole, "w.toml"));
    std::uint64_t random = 12345;
    for (int i = 0; i < 1500; ++i) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        std::string text = whole;
        const std::size_t at = (random >> 33) % text.size();
        const char byte = static_cast<char>(random >> 56);
        switch ((random >> 20) % 3) {
            case 0:
                text[at] = byte;
                break;
            case 1:
                text.erase(at, 1);
                break;
            default:
                text.insert(at, 1, text[(random >> 40) % text.size()]);
                break;
        }
        try {
            parse_specification(text, "w.toml");
        } catch (const ConfigError& error) {
            EXPECT_FALSE(error.problems().empty());
            EXPECT_TRUE(error.problems()[0].where.starts_with("w.toml:"));
        }
    }
}

}  // namespace
}  // namespace overtake
