#include "cluster/slurm/requeue.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cluster/slurm/submit.hpp"
#include "cluster/slurm/submitted.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::array<std::string_view, 5> put_back_by_slurm{"PENDING", "REQUEUED", "PREEMPTED", "NODE_FAIL", "REQUEUE_HOLD"};
constexpr std::string_view waits_already = "Job is pending execution";  // ESLURM_JOB_PENDING in Slurm's words

LeavingChoice chain_of(std::int64_t link, const std::string& why) {
    if (link + 1 >= longest_chain) {
        return {Leaving::nothing, why + "; the chain of " + std::to_string(longest_chain) + " jobs is at its end; submit the sweep again"};
    }
    return {Leaving::chain, why};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string submit_next(CommandRunner& slurm, const SlurmJob& job, const SweepFolder& folder) {
    std::vector<std::string> options{"--dependency=afterany:" + job.id, "--export=ALL,OVERTAKE_LINK=" + std::to_string(job.link + 1)};
    if (!job.array_task.empty()) {
        options.push_back("--array=" + job.array_task);  // this task alone, not the array that the script asks for
    }
    const std::string next = submit_batch_file(slurm, folder.batch_script(), options);
    std::string words = "job " + next + " goes on when this one is over";
    try {
        remember_job({folder.root, job.array_task}, next);
    } catch (const IoError& error) {
        words.append("; but ").append(error.what()).append(", and so `overtake cancel` can't find it (scancel ").append(next).append(" does)");
    }
    return words;
}

}  // namespace

LeavingChoice how_to_leave(const LeavingFacts& facts) {
    if (!facts.work_left) {
        return {};
    }
    if (facts.cancelled) {
        return {Leaving::nothing, "cancelled; not put back into the queue"};
    }
    if (facts.job && facts.job->state == "CANCELLED") {
        return {Leaving::nothing, "the job was cancelled in Slurm; not put back into the queue"};
    }
    if (facts.job && std::find(put_back_by_slurm.begin(), put_back_by_slurm.end(), facts.job->state) != put_back_by_slurm.end() && facts.job->may_requeue) {
        return {Leaving::nothing, "Slurm itself puts the job back into the queue"};
    }
    if (facts.job && facts.job->state == "COMPLETING" && !facts.time_is_up) {
        return {Leaving::nothing, "Slurm is ending the job itself; what becomes of it is Slurm's"};
    }
    const bool stuck = facts.restarts_without_progress >= restarts_before_hold;
    const std::string no_progress = std::to_string(facts.restarts_without_progress) + " restarts without progress";
    if (!facts.requeue_wanted || (facts.job && !facts.job->may_requeue)) {
        return stuck ? LeavingChoice{Leaving::nothing, no_progress + "; no next job is submitted; look into the log"}
                     : chain_of(facts.link, facts.requeue_wanted ? "the job may not be requeued" : "[slurm] requeue = false");
    }
    return stuck ? LeavingChoice{Leaving::hold, no_progress + "; the job is held (scontrol release lets it go on); look into the log"}
                 : LeavingChoice{Leaving::requeue, ""};
}

std::string leave(CommandRunner& slurm, const SlurmJob& job, const LeavingChoice& choice, const SweepFolder& folder) {
    std::string words = choice.why;
    const auto add = [&](const std::string& more) { words += (words.empty() ? "" : "; ") + more; };
    try {
        if (choice.how == Leaving::requeue || choice.how == Leaving::hold) {
            const char* verb = choice.how == Leaving::requeue ? "requeue" : "requeuehold";
            const CommandResult result = slurm.run({"scontrol", verb, job.id}, "");
            if (result.exit_code == 0) {
                add("job " + job.id + " is back in the queue" + (choice.how == Leaving::hold ? ", held" : ""));
                return words;
            }
            if (result.errors.find(waits_already) != std::string::npos) {
                add("job " + job.id + " waits in the queue already");
                return words;
            }
            add(std::string("scontrol ") + verb + " was refused (" + first_line(result.errors) + ")");
            if (choice.how == Leaving::hold) {
                return words;
            }
            const LeavingChoice otherwise = chain_of(job.link, "");
            if (otherwise.how == Leaving::nothing) {
                return words + otherwise.why;
            }
            add(submit_next(slurm, job, folder));
        } else if (choice.how == Leaving::chain) {
            add(submit_next(slurm, job, folder));
        }
    } catch (const IoError& error) {
        add(error.what());
        add("submit the sweep again to go on");
    }
    return words;
}

}  // namespace overtake
