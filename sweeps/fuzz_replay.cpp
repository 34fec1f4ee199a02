// Replays a folder of inputs through a fuzz target, each as it stands and changed by a seed: fuzz_replay FOLDER COUNT.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) { LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()); }

class Mutator {
  public:
    explicit Mutator(const std::vector<std::string>& inputs) : inputs_(inputs) {}

    /// One to four changes: a byte changed, a piece dropped, or a piece of another input put in.
    std::string next() {
        std::string text = inputs_[below(inputs_.size())];
        for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
            const std::size_t at = below(text.size() + 1);
            const std::string& other = inputs_[below(inputs_.size())];
            switch (below(3)) {
                case 0:
                    text.replace(at, at < text.size() ? 1 : 0, 1, static_cast<char>(below(256)));
                    break;
                case 1:
                    text.erase(at, 1 + below(16));
                    break;
                default:
                    text.insert(at, other, below(other.size() + 1), 1 + below(32));
            }
        }
        return text;
    }

  private:
    std::size_t below(std::size_t count) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>(state_ >> 33) % count;
    }

    const std::vector<std::string>& inputs_;
    std::uint64_t state_ = 7;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s FOLDER COUNT\n", argv[0]);
        return 2;
    }
    std::map<std::string, std::string> by_name;  // so that the order is the same everywhere
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        std::ifstream in(entry.path(), std::ios::binary);
        by_name[entry.path().filename().string()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    std::vector<std::string> inputs;
    for (const auto& [name, input] : by_name) {
        inputs.push_back(input);
        run(input);
    }
    if (inputs.empty()) {
        std::fprintf(stderr, "no inputs in %s\n", argv[1]);
        return 1;
    }
    Mutator mutator(inputs);
    for (long count = std::atol(argv[2]); count > 0; --count) {
        run(mutator.next());
    }
    std::printf("%zu inputs and %s changed ones: no crash\n", inputs.size(), argv[2]);
    return 0;
}
