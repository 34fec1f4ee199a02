#include "sweeps/results/record_file.hpp"

#include <algorithm>

#include "sweeps/results/curve_columns.hpp"
#include "sweeps/results/durable_file.hpp"
#include "sweeps/results/schema.hpp"
#include "sweeps/results/status_names.hpp"
#include "sweeps/shared_folder.hpp"

namespace overtake {

namespace {

/// The first 2000 bytes, whole characters: a reason is a sentence, an attribute has no room for a stack trace.
std::string_view shorten(std::string_view reason) {
    constexpr std::size_t most = 2000;
    reason = reason.substr(0, reason.find('\0'));
    std::size_t end = std::min(most, reason.size());
    while (end < reason.size() && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80) {
        --end;
    }
    return reason.substr(0, end);
}

void fill(const h5::Handle& file, const StageRecord& record) {
    PayloadWriter payload(file);
    payload.attribute(format_attribute, record_format.name);
    payload.attribute(version_attribute, record_format.version);
    payload.attribute("stage_id", record.id);
    payload.attribute("status", name_of(record.status));
    payload.attribute("reason", shorten(record.reason));
    payload.attribute("end_step", record.end_step);
    payload.attribute("parent", record.parent);
    payload.attribute("kind", record.kind);
    const Provenance& provenance = record.provenance;
    payload.attribute("host", provenance.host);
    payload.attribute("version", provenance.version);
    payload.attribute("device", provenance.device);
    payload.attribute("started_utc", provenance.started_utc);
    payload.attribute("finished_utc", provenance.finished_utc);
    payload.attribute("attempts", provenance.attempts);
    payload.attribute("team_width", provenance.team_width);
    payload.attribute("seconds", provenance.seconds);
    payload.attribute("tokens_per_second", provenance.tokens_per_second);
    payload.attribute("alone", std::int64_t{provenance.alone});
    payload.write_bytes("text", record.text);
    h5::create_group(file, "curve").close();
    write_curve(payload, "curve", record.curve);
    h5::create_group(file, "evaluations").close();
    write_evaluations(payload, "evaluations", record.evaluations);
    h5::create_group(file, "tasks").close();
    write_tasks(payload, "tasks", record.task_results);
    h5::create_group(file, "structure").close();
    write_structure(payload, "structure", record.structure);
    h5::create_group(file, "search").close();
    write_individuals(payload, "search", record.individuals);
    payload.seal();
}

StageRecord load(const std::filesystem::path& path, std::string_view stage_id) {
    const h5::Session session;
    const h5::Handle file = h5::open_file(path);
    expect_format(file, record_format);
    PayloadReader payload(file);
    payload.text_attribute(format_attribute);
    const std::int64_t version = payload.integer_attribute(version_attribute);
    StageRecord record;
    record.id = payload.text_attribute("stage_id");
    const std::optional<StageStatus> status = find_stage_status(payload.text_attribute("status"));
    record.reason = payload.text_attribute("reason");
    record.end_step = payload.integer_attribute("end_step");
    record.parent = payload.text_attribute("parent");
    record.kind = payload.text_attribute("kind");
    Provenance& provenance = record.provenance;
    provenance.host = payload.text_attribute("host");
    provenance.version = payload.text_attribute("version");
    provenance.device = payload.text_attribute("device");
    provenance.started_utc = payload.text_attribute("started_utc");
    provenance.finished_utc = payload.text_attribute("finished_utc");
    provenance.attempts = payload.integer_attribute("attempts");
    provenance.team_width = payload.integer_attribute("team_width");
    provenance.seconds = payload.number_attribute("seconds");
    provenance.tokens_per_second = payload.number_attribute("tokens_per_second");
    provenance.alone = payload.integer_attribute("alone") != 0;
    record.text = payload.read_bytes("text");
    record.curve = read_curve(payload, "curve");
    record.evaluations = read_evaluations(payload, "evaluations");
    if (version >= 2) {
        record.task_results = read_tasks(payload, "tasks");
        record.structure = version >= 3 ? read_structure(payload, "structure") : std::vector<StructureSeries>{};
        record.individuals = read_individuals(payload, "search");
    }
    payload.verify();
    if (record.id != stage_id || !status) {
        throw IoError("'" + path.string() + "' is not a record of stage " + std::string(stage_id));
    }
    record.status = *status;
    return record;
}

}  // namespace

void write_record(const SweepFolder& folder, const StageRecord& record) {
    DurableFile written(folder.record(record.id), writer_of(folder));
    {
        const h5::Session session;
        fill(written.file(), record);
    }
    written.publish();
}

void write_record_once(const SweepFolder& folder, const StageRecord& record) {
    DurableFile written(folder.record(record.id), writer_of(folder));
    {
        const h5::Session session;
        fill(written.file(), record);
    }
    if (!written.publish_once() && !read_record(folder, record.id)) {
        written.publish();
    }
}

std::optional<StageRecord> read_record(const SweepFolder& folder, std::string_view stage_id) {
    std::error_code problem;
    if (!std::filesystem::exists(folder.record(stage_id), problem)) {
        return std::nullopt;
    }
    try {
        return load(folder.record(stage_id), stage_id);
    } catch (const IoError&) {
        return std::nullopt;
    }
}

std::optional<StageStatus> read_record_status(const SweepFolder& folder, std::string_view stage_id) {
    const std::optional<StageRecord> record = read_record(folder, stage_id);
    return record ? std::optional(record->status) : std::nullopt;
}

}  // namespace overtake
