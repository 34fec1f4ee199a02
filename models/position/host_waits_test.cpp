// A training step never waits for the device (design 7): every scheme of the table takes one on LibTorch's device without data, where
// whoever reads a number is refused, and what a GPU alone would wait for is noticed by name.
#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>
#include <torch/library.h>

#include "models/gpt.hpp"
#include "models/position/trainable_schemes_test.hpp"

namespace overtake {
namespace {

/// Operators whose kernels on a GPU read a number of theirs: sizes that depend on data, comparisons, checks of factorisations.
const std::set<std::string> waiting{
    "aten::item",         "aten::_local_scalar_dense", "aten::is_nonzero",       "aten::nonzero",        "aten::masked_select",
    "aten::equal",        "aten::allclose",            "aten::_unique2",         "aten::unique_dim",     "aten::unique_consecutive",
    "aten::bincount",     "aten::one_hot",             "aten::linalg_matrix_exp", "aten::_linalg_check_errors",
    "aten::_linalg_eigh", "aten::linalg_eig",          "aten::_linalg_svd",     "aten::linalg_lstsq",
};

/// Everything that the step in progress would wait for.
class Waits {
  public:
    void add(std::string what) {
        const std::scoped_lock lock(mutex_);
        found_.insert(std::move(what));
    }
    std::set<std::string> take() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(found_, {});
    }

  private:
    std::mutex mutex_;
    std::set<std::string> found_;
};

Waits& waits() {
    static Waits all;
    return all;
}

const at::Tensor* tensor_at(c10::ArrayRef<const c10::IValue> inputs, std::size_t index) {
    return index < inputs.size() && inputs[index].isTensor() ? &inputs[index].toTensor() : nullptr;
}

bool on(const at::Tensor* tensor, at::DeviceType device) { return tensor != nullptr && tensor->defined() && tensor->device().type() == device; }

/// Indices of index, index_put_ and kin: truth values become places by counting them.
bool indexes_by_truth(const c10::IValue& indices) {
    if (!indices.isList()) {
        return false;
    }
    for (const c10::IValue& index : indices.toListRef()) {
        if (index.isTensor() && index.toTensor().defined() &&
            (index.toTensor().scalar_type() == at::kBool || index.toTensor().scalar_type() == at::kByte)) {
            return true;
        }
    }
    return false;
}

void look_at(const at::RecordFunction& function) {
    const std::string name = function.name();
    const auto inputs = function.inputs();
    const bool of_device = on(tensor_at(inputs, 0), at::kMeta);
    if (of_device && waiting.contains(name)) {
        waits().add(name);
    } else if (of_device && name == "aten::repeat_interleave" && (inputs.size() == 2 || !inputs.back().isInt())) {
        waits().add(name + " without the size of its answer");
    } else if (of_device && name.starts_with("aten::index") && inputs.size() > 1 && indexes_by_truth(inputs[1])) {
        waits().add(name + " by truth values");
    } else if (name == "aten::copy_") {
        const bool asynchronous = inputs.size() > 2 && inputs[2].isBool() && inputs[2].toBool();
        if (of_device && on(tensor_at(inputs, 1), at::kCPU) && !asynchronous) {
            waits().add("a copy of " + c10::str(inputs[1].toTensor().sizes()) + " numbers from the host");
        }
    } else if (name == "aten::_to_copy" && on(tensor_at(inputs, 0), at::kCPU)) {
        // (self, dtype, layout, device, pin_memory, non_blocking, memory_format)
        const bool away = inputs.size() > 5 && inputs[3].isDevice() && !inputs[3].toDevice().is_cpu();
        if (away && !(inputs[5].isBool() && inputs[5].toBool())) {
            waits().add("a copy of " + c10::str(inputs[0].toTensor().sizes()) + " numbers from the host");
        }
    }
}

/// Calls `action` and answers what it would have waited for on a GPU.
template <class Action>
std::set<std::string> waits_of(const Action& action) {
    const auto watch = [](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
        look_at(function);
        return nullptr;
    };
    waits().take();
    const auto handle = at::addGlobalCallback(at::RecordFunctionCallback(watch).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
    try {
        action();
    } catch (const c10::Error& refused) {
        waits().add(refused.what_without_backtrace());
    }
    at::removeCallback(handle);
    return waits().take();
}

std::string shown(const std::set<std::string>& found) {
    std::string text;
    for (const std::string& one : found) {
        text += one + "\n";
    }
    return text;
}

/// The same value with tensors that have no data replaced by zeros on the host, or the other way round.
c10::IValue moved(const c10::IValue& value, at::DeviceType from, at::DeviceType to) {
    const auto move = [&](const at::Tensor& tensor) {
        return tensor.defined() && tensor.device().type() == from ? at::zeros(tensor.sizes(), tensor.options().device(to)) : tensor;
    };
    if (value.isTensor()) {
        return move(value.toTensor());
    }
    if (value.isTensorList()) {
        c10::List<at::Tensor> list;
        for (const at::Tensor& tensor : value.toTensorVector()) {
            list.push_back(move(tensor));
        }
        return list;
    }
    return value.isDevice() && value.toDevice().type() == from ? c10::IValue(at::Device(to)) : value;
}

/// For operators that LibTorch has no kernel without data for: asks the host's what its answer looks like.
void ask_the_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const std::size_t count = op.schema().arguments().size();
    const std::vector<c10::IValue> given(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
    torch::jit::drop(*stack, count);
    for (const c10::IValue& value : given) {
        stack->push_back(moved(value, at::kMeta, at::kCPU));
    }
    op.callBoxed(stack);
    const std::size_t answers = op.schema().returns().size();
    for (std::size_t i = 0; i < answers; ++i) {
        c10::IValue& answer = (*stack)[stack->size() - answers + i];
        const c10::AliasInfo* alias = op.schema().returns()[i].alias_info();
        answer = moved(answer, at::kCPU, at::kMeta);
        for (std::size_t argument = 0; alias != nullptr && argument < count; ++argument) {
            const c10::AliasInfo* of = op.schema().arguments()[argument].alias_info();
            if (of != nullptr && *of == *alias && given[argument].isTensor()) {
                const at::Tensor written = given[argument].toTensor();
                written.resize_(answer.toTensor().sizes());
                answer = written;
            }
        }
    }
}

/// Once: LibTorch without Python has no kernel without data for many operators.
void complete_the_device_without_data() {
    static torch::Library library(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__);
    static const bool done = [] {
        using Key = c10::DispatchKey;
        for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
            const auto op = c10::Dispatcher::singleton().findOp(name);
            const bool missing = op && name.name.starts_with("aten::") && op->hasKernelForDispatchKey(Key::CPU) &&
                                 !op->hasKernelForDispatchKey(Key::Meta) && !op->hasKernelForDispatchKey(Key::CompositeExplicitAutograd) &&
                                 !op->hasKernelForDispatchKey(Key::CompositeExplicitAutogradNonFunctional) &&
                                 !op->hasKernelForDispatchKey(Key::CompositeImplicitAutograd);
            if (missing && name.name != "aten::_local_scalar_dense") {
                const std::string full = name.overload_name.empty() ? name.name : name.name + "." + name.overload_name;
                library.impl(full.substr(6).c_str(), torch::CppFunction::makeFromBoxedFunction<&ask_the_host>());
            }
        }
        for (const char* composite : {"convolution", "convolution_backward"}) {
            library.impl(composite, torch::CppFunction::makeFromBoxedFunction<&ask_the_host>());
        }
        return true;
    }();
    static_cast<void>(done);
}

std::vector<PositionConfig> schemes_to_watch() {
    std::vector<PositionConfig> schemes = trainable_schemes();
    schemes.push_back(position_of(*find_position_scheme("i-rope"), {{"chunk", std::int64_t{8}}}));  // a window of its own
    return schemes;
}

class HostWaits : public testing::TestWithParam<PositionConfig> {};
INSTANTIATE_TEST_SUITE_P(Schemes, HostWaits, testing::ValuesIn(schemes_to_watch()), name_of_trainable_scheme);

/// What a scheme forms once for all steps may wait: the second step is the one that is watched.
void expect_no_wait(const PositionConfig& position, Precision precision, const Placement& where) {
    complete_the_device_without_data();
    constexpr std::int64_t length = trainable_length;
    const ModelConfig model{.layers = 2, .width = 24, .heads = 3, .mlp_width = 40, .vocabulary = 11};
    const Gpt gpt(model, position, length, 5, precision, at::kMeta);
    const at::Tensor tokens_BT = at::empty({2, length}, at::TensorOptions(at::kLong).device(at::kMeta));
    const auto step = [&] { gpt.loss(tokens_BT, tokens_BT, where).sum().backward(); };
    waits_of(step);
    // The one exception: LibTorch's eigenproblems tell the host whether they converged.
    EXPECT_EQ(shown(waits_of(step)), position.scheme == "lie-rope" ? "aten::_linalg_eigh\n" : "");
}

TEST_P(HostWaits, NoStepWaitsForTheDevice) {
    expect_no_wait(GetParam(), Precision::fp32, {});
    expect_no_wait(GetParam(), Precision::bf16, {});
}

TEST_P(HostWaits, NorDoesAStepOfDocuments) {
    const at::Tensor starts_BT = at::zeros({2, trainable_length}, at::kInt);
    starts_BT.narrow(1, 9, trainable_length - 9).fill_(9);
    expect_no_wait(GetParam(), Precision::fp32, {.length = 0, .positions_T = {}, .starts_BT = starts_BT});
}

TEST_P(HostWaits, NorDoesOneAtDrawnPositions) {
    expect_no_wait(GetParam(), Precision::fp32, {.length = 0, .positions_T = at::arange(trainable_length, at::kDouble), .starts_BT = {}});
}

TEST(HostWaits, AreNoticed) {
    complete_the_device_without_data();
    const at::Tensor numbers = at::ones({4}), device = at::empty({4}, at::TensorOptions(at::kFloat).device(at::kMeta));
    EXPECT_EQ(shown(waits_of([&] { numbers.sum().item<float>(); })), "") << "the host's own";
    EXPECT_NE(shown(waits_of([&] { device.sum().item<float>(); })), "");
    EXPECT_NE(shown(waits_of([&] { at::nonzero(device); })), "");
    EXPECT_NE(shown(waits_of([&] { device.equal(device); })), "");
    EXPECT_NE(shown(waits_of([&] { device.index({device.gt(0)}); })), "");
    EXPECT_NE(shown(waits_of([&] { at::repeat_interleave(device.to(at::kLong)); })), "");
    EXPECT_NE(shown(waits_of([&] { numbers.to(at::kMeta); })), "");
    EXPECT_NE(shown(waits_of([&] { device.copy_(numbers); })), "");
    EXPECT_NE(shown(waits_of([&] { device.to(at::kCPU); })), "");
    EXPECT_EQ(shown(waits_of([&] { numbers.to(at::TensorOptions(at::kMeta), true); })), "");
    EXPECT_EQ(shown(waits_of([&] { device.index_select(0, at::empty({2}, at::TensorOptions(at::kLong).device(at::kMeta))).add(1).sum(); })), "");
}

}  // namespace
}  // namespace overtake
