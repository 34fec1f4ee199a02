// One stage from assignment to outcome, with every failure of the world turned into a value.
#include <chrono>
#include <optional>

#include "runner/agreement.hpp"
#include "runner/device.hpp"
#include "runner/failure_words.hpp"
#include "runner/records.hpp"
#include "runner/stage_fault.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

namespace {

/// Source of a stage's tokens; kept open between stages that read the same corpus.
const TokenSource& source_for(const DataConfig& data) {
    thread_local std::optional<std::pair<std::string, TokenSource>> open;
    const std::string key = data.folder + '\n' + data.corpus + '\n' + data.tokenizer + '\n' + data.digest;
    if (!open || open->first != key) {
        open.emplace(key, TokenSource::open(data));
    }
    return open->second;
}

}  // namespace

StageResult run_stage(const StageWork& work) {
    const auto start = std::chrono::steady_clock::now();
    StageResult result;
    try {
        std::optional<TokenSource> source;
        together(work.team, [&] {
            prepare_arithmetic(work.stage.config.training);
            source = source_for(work.stage.config.data).part(work.stage.config.evaluation.heldout);
        });
        if (work.stage.kind == StageKind::search) {
            return search_stage(work, *source);
        }
        return work.stage.kind == StageKind::evaluate ? evaluate_stage(work, *source) : train_stage(work, *source);
    } catch (const FolderRefused&) {
        throw;
    } catch (const StageFault&) {
        throw;
    } catch (const AgreedFailure& error) {
        result.reason = failure_in_words(error.what());
    } catch (const UnfitData& error) {  // so all ranks find
        result.reason = failure_in_words(error.what());
    } catch (const std::exception& error) {
        if (accuses_the_place(error)) {
            throw StageFault(failure_in_words(error.what()), Blame::place);
        }
        if (work.team.width() > 1) {  // peers that know nothing of it may wait for this rank for ever
            throw StageFault(failure_in_words(error.what()), Blame::unknown);
        }
        result.reason = failure_in_words(error.what());
    }
    result.outcome = StageOutcome::failed;
    result.step = work.stage.begin_step;
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (work.team.rank() == 0) {
        try {
            keep_record(work, begin_record(work, result, result.seconds));
        } catch (const std::exception& error) {
            say(std::string("cannot record why stage '") + work.stage.id + "' failed: " + error.what());
        }
    }
    return result;
}

}  // namespace overtake
