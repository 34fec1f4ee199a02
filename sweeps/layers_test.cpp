// Who may know whom: reads every #include of the repository and holds it against the figure of the README.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Layer {
    std::string_view folder;
    std::vector<std::string_view> ours;
    std::vector<std::string_view> third_party;
};

// The table: folders of ours that each may include, and third-party headers by what their path begins with.
const std::vector<Layer> layers{
    {"sweeps", {}, {"toml++/", "openssl/", "nlohmann/"}},
    {"sweeps/results", {"sweeps"}, {"hdf5", "openssl/", "nlohmann/", "zlib.h", "CLI/"}},
    {"models", {"sweeps"}, {"torch/", "ATen/", "c10/"}},
    {"cluster/comm", {}, {"mpi.h", "nccl.h", "cuda"}},
    {"cluster/slurm", {"sweeps"}, {"CLI/"}},
    {"cluster/schedule", {"sweeps"}, {}},
    {"cluster/launch", {"sweeps", "sweeps/results", "cluster/slurm"}, {"nlohmann/", "CLI/"}},
    {"runner/data", {"sweeps"}, {"sentencepiece", "openssl/", "nlohmann/", "CLI/", "zlib.h"}},
    {"runner/search", {"sweeps", "sweeps/results", "runner/data"}, {}},
    {"runner",
     {"sweeps", "sweeps/results", "models", "cluster/comm", "cluster/schedule", "runner/data", "runner/search"},
     {"torch/", "ATen/", "c10/", "cuda", "openssl/", "nlohmann/", "CLI/", "spdlog/"}},
    {"analysis", {"sweeps", "sweeps/results"}, {"Eigen/", "nlohmann/", "CLI/"}},
    {"overtake.cpp",
     {"sweeps", "sweeps/results", "cluster/slurm", "cluster/schedule", "cluster/launch", "runner/data", "analysis"},
     {"CLI/", "nlohmann/"}},
};

// Third-party headers that are watched; all others are the C++ library and the system's.
const std::vector<std::string_view> watched{"toml++/",       "openssl/", "nlohmann/", "hdf5",    "H5",     "zlib.h",
                                            "torch/",        "ATen/",    "c10/",      "mpi.h",   "nccl.h", "cuda",
                                            "sentencepiece", "CLI/",     "Eigen/",    "spdlog/", "gtest/", "gmock/",
                                            "benchmark/",    "boost/",   "fmt/"};

const fs::path root = OVERTAKE_SOURCE_DIR;

/// The layer whose folder is the longest beginning of a path from the root, or null.
const Layer* layer_of(std::string_view path) {
    const Layer* best = nullptr;
    for (const Layer& layer : layers) {
        const bool inside =
            path == layer.folder || (path.starts_with(layer.folder) && path[layer.folder.size()] == '/');
        if (inside && (best == nullptr || layer.folder.size() > best->folder.size())) {
            best = &layer;
        }
    }
    return best;
}

bool begins_with_one_of(std::string_view text, const std::vector<std::string_view>& beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view b) { return text.starts_with(b); });
}

/// Headers named by the #include lines of a source text.
std::vector<std::string> includes_of(std::string_view text) {
    std::vector<std::string> headers;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word == "#") {
            words >> word;
            word.insert(0, "#");
        }
        const std::size_t begin = line.find_first_of("<\"");
        const std::size_t end = begin == std::string::npos ? begin : line.find_first_of(">\"", begin + 1);
        if (word.starts_with("#include") && end != std::string::npos) {
            headers.push_back(line.substr(begin + 1, end - begin - 1));
        }
    }
    return headers;
}

/// What is wrong with one #include of a file, or nothing.
std::string fault(std::string_view file, const std::string& header) {
    const Layer* from = layer_of(file);
    const Layer* to = layer_of(header);
    const bool test = file.find("_test") != std::string_view::npos || file.ends_with("_bench.cpp");
    if (from == nullptr) {
        return "belongs to no folder of the table";
    }
    if (to != nullptr) {
        const bool own = to == from || header == "sweeps/command.hpp";
        const bool allowed = own || std::find(from->ours.begin(), from->ours.end(), to->folder) != from->ours.end();
        return allowed ? "" : "may not include " + header + ": there is no arrow to " + std::string(to->folder);
    }
    if (test && begins_with_one_of(header, {"gtest/", "gmock/", "benchmark/"})) {
        return "";
    }
    if (header.starts_with("toml++/") && file != "sweeps/document.cpp") {
        return "may not include " + header + ": TOML++ is seen in sweeps/document.cpp alone";
    }
    const bool allowed = !begins_with_one_of(header, watched) || begins_with_one_of(header, from->third_party);
    return allowed ? "" : "may not include " + header;
}

std::string read(const fs::path& file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Every source file of ours as a path from the root.
std::vector<std::string> sources() {
    std::vector<std::string> files;
    for (const auto& top : fs::directory_iterator(root)) {
        const std::string name = top.path().filename().string();
        if (top.is_regular_file() && top.path().extension() == ".cpp") {
            files.push_back(name);
        }
        if (!top.is_directory() || name.starts_with('.') || name.starts_with("build")) {
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(top.path())) {
            const std::string extension = entry.path().extension().string();
            if (entry.is_regular_file() &&
                (extension == ".hpp" || extension == ".cpp" || extension == ".cu" || extension == ".h")) {
                files.push_back(fs::relative(entry.path(), root).generic_string());
            }
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string trimmed(std::string text) {
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

/// The right-hand side of a row: its arrows, without the remark that two spaces set apart.
std::string arrows(const Layer& layer) {
    if (layer.folder == "overtake.cpp") {
        std::string rest;
        for (const Layer& other : layers) {
            if (&other != &layer && std::find(layer.ours.begin(), layer.ours.end(), other.folder) == layer.ours.end()) {
                rest += (rest.empty() ? "" : ", ") + std::string(other.folder);
            }
        }
        const std::size_t last = rest.rfind(", ");
        return "everything but " + (last == std::string::npos ? rest : rest.replace(last, 2, " and "));
    }
    std::string list;
    for (const std::string_view folder : layer.ours) {
        list += list.empty() ? "" : ", ";
        list += folder;
    }
    return list.empty() ? "nothing of ours" : list;
}

TEST(Layers, EveryIncludeFollowsAnArrow) {
    const std::vector<std::string> files = sources();
    ASSERT_GT(files.size(), 50u);
    for (const std::string& file : files) {
        for (const std::string& header : includes_of(read(root / file))) {
            const std::string wrong = fault(file, header);
            EXPECT_TRUE(wrong.empty()) << file << " " << wrong;
        }
    }
}

TEST(Layers, IncludesOfOursAreWrittenFromTheRoot) {
    for (const std::string& file : sources()) {
        const fs::path folder = (root / file).parent_path();
        for (const std::string& header : includes_of(read(root / file))) {
            const bool stand_in = begins_with_one_of(header, watched);
            const bool beside = folder != root && !layer_of(header) && !stand_in && fs::exists(folder / header);
            EXPECT_FALSE(header.starts_with("..") || beside) << file << " includes " << header;
        }
    }
}

TEST(Layers, ForbiddenArrowsAreSeen) {
    EXPECT_NE(fault("sweeps/counts.cpp", "models/gpt.hpp"), "");
    EXPECT_NE(fault("sweeps/counts.cpp", "sweeps/results/records.hpp"), "");
    EXPECT_NE(fault("sweeps/counts.cpp", "toml++/toml.hpp"), "");
    EXPECT_NE(fault("analysis/fit.cpp", "torch/torch.h"), "");
    EXPECT_NE(fault("analysis/fit.cpp", "ATen/ATen.h"), "");
    EXPECT_NE(fault("analysis/fit.cpp", "mpi.h"), "");
    EXPECT_NE(fault("cluster/comm/process_group.cpp", "sweeps/errors.hpp"), "");
    EXPECT_NE(fault("cluster/schedule/coordinator.cpp", "nlohmann/json.hpp"), "");
    EXPECT_NE(fault("models/position/rope.cpp", "runner/arena.hpp"), "");
    EXPECT_NE(fault("runner/data/split.cpp", "runner/arena.hpp"), "");
    EXPECT_NE(fault("models/gpt.cpp", "gtest/gtest.h"), "");
    EXPECT_NE(fault("overtake.cpp", "runner/arena.hpp"), "");
    EXPECT_NE(fault("tools/x.cpp", "vector"), "");
    EXPECT_EQ(fault("sweeps/document.cpp", "toml++/toml.hpp"), "");
    EXPECT_EQ(fault("cluster/comm/commands.hpp", "sweeps/command.hpp"), "");
    EXPECT_EQ(fault("models/gpt_test.cpp", "gtest/gtest.h"), "");
    EXPECT_EQ(fault("runner/worker.cpp", "runner/data/token_source.hpp"), "");
    EXPECT_EQ(includes_of("#include <a>\n  #  include \"b/c.hpp\"\n// #include <d>\nint x;\n"),
              (std::vector<std::string>{"a", "b/c.hpp"}));
}

TEST(Layers, NothingStartsAShell) {
    std::size_t read_files = 0;
    for (const std::string& file : sources()) {
        if (file.ends_with("_test.cpp") || file.ends_with("hostile_names.cpp")) {
            continue;
        }
        const std::string text = read(root / file);
        for (const std::string call : {"system(", "popen(", "execl(", "execlp(", "execvp(", "\"-c\""}) {
            EXPECT_EQ(text.find(call), std::string::npos) << file << " calls " << call << " (programs are started by posix_spawn with a list of arguments)";
        }
        ++read_files;
    }
    EXPECT_GT(read_files, 200u);
}

TEST(Layers, TheFigureOfTheReadmeIsTheTable) {
    std::ifstream in(root / "README.md");
    ASSERT_TRUE(in) << "there is no README.md";
    std::vector<std::pair<std::string, std::string>> rows;
    for (std::string line; std::getline(in, line);) {
        const std::size_t arrow = line.find(" -> ");
        const std::string left = arrow == std::string::npos ? "" : trimmed(line.substr(0, arrow));
        if (rows.empty() && left != "sweeps") {
            continue;
        }
        if (arrow == std::string::npos) {
            break;
        }
        const std::string right = line.substr(arrow + 4);
        rows.emplace_back(left, trimmed(right.substr(0, right.find("  "))));
    }
    ASSERT_EQ(rows.size(), layers.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].first, layers[i].folder);
        EXPECT_EQ(rows[i].second, arrows(layers[i]));
    }
}

}  // namespace
