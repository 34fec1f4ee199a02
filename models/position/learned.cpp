// Learned absolute positions: x_p += P_p from a table of T rows (Gehring et al. 2017, arXiv:1705.03122, section 3.1).
//
// Half the deviation of the token embedding, as in GPT-2 (0.01 beside 0.02). The table ends at the train length, or where a sampler
// ends; what then follows is the option `beyond`, or an extension. Parameter: position.table [T, D].
#include <limits>

#include <ATen/ATen.h>

#include "models/position/row_reach.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Learned final : public PositionScheme {
  public:
    Learned(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)), reach_(setup().options) {
        table_TD_ = add_parameter("table", {setup().rows, setup().model.width}, Distribution::normal, 0,
                                  setup().embedding_deviation / 2);
    }

    at::Tensor add_to_input(const at::Tensor& x_BTD) const override {
        const bool first_rows = !placement().sampled() && !placement().packed() && length() <= setup().rows;
        if (first_rows && reach_.factor(setup().rows, length()) == 1) {
            return x_BTD + table_TD_.narrow(0, 0, x_BTD.size(1));
        }
        return x_BTD + reach_.take(table_TD_, positions(), length());
    }

    void extend(const ExtensionConfig& extension) override {
        if (extension.method != "clamp" && extension.method != "interpolate") {
            PositionScheme::extend(extension);
        }
        reach_.extend(extension);
    }

    std::int64_t longest_context() const override {
        return reach_.extended() ? std::numeric_limits<std::int64_t>::max() : PositionScheme::longest_context();
    }

    Inspection inspect() const override { return {{"table", reach_.take(table_TD_, positions(), length())}}; }

  private:
    RowReach reach_;
    at::Tensor table_TD_;
};

}  // namespace

SchemePointer make_learned(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Learned>(info, std::move(setup));
}

}  // namespace overtake
