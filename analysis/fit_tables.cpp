// Tables of how laws were fitted.
#include "analysis/fit_tables.hpp"

#include <algorithm>

#include "analysis/text.hpp"

namespace overtake {

namespace {

std::string suffix(const Study& study) { return study.context > 0 ? "-" + std::to_string(study.context) : ""; }

std::string words(const Study& study) { return study.context > 0 ? " at " + std::to_string(study.context) + " tokens of context" : ""; }

}  // namespace

Table sharing_table(const Study& study) {
    Table table{"sharing" + suffix(study), "What the schemes may share" + words(study) + "; tests against separate laws",
                {"shared", "free numbers", "objective", "statistic", "degrees", "p", "AIC", "BIC", "lowest"}, {}};
    const auto& models = study.sharing_models;
    auto lowest = [&](auto member) {
        return std::min_element(models.begin(), models.end(), [&](const auto& a, const auto& b) { return a.*member < b.*member; });
    };
    for (auto m = models.begin(); m != models.end(); ++m) {
        bool by_aic = m == lowest(&SharingModel::aic), by_bic = m == lowest(&SharingModel::bic);
        bool tested = m->test.degrees > 0;
        table.rows.push_back({m->shared, std::to_string(m->free_numbers), significant(m->objective, 7), tested ? fixed(m->test.statistic, 2) : "-",
                              tested ? std::to_string(m->test.degrees) : "-", tested ? significant(m->test.p_value, 2) : "-", fixed(m->aic, 1), fixed(m->bic, 1),
                              by_aic && by_bic ? "AIC, BIC" : by_aic ? "AIC" : by_bic ? "BIC" : ""});
    }
    return table;
}

}  // namespace overtake
