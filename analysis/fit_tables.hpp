// Tables of how laws were fitted: ways of sharing, gap models, forms, held-out errors, residual tests, profiles.
#pragma once

#include "analysis/tables.hpp"

namespace overtake {

/// One row a way of sharing: free numbers, objective, test against separate laws, AIC, BIC, which of them is lowest.
Table sharing_table(const Study& study);

/// One row a scheme and group of sizes left out: errors of its law, and of its gap to the baseline.
Table held_out_table(const Study& study);

/// One row a scheme: p of each residual test, with its statistic.
Table residual_test_table(const Study& study);

/// One row a scheme and quantity: value, bootstrap interval, profile interval.
Table profile_table(const Study& study);

/// One row a scheme and model of its paired gap to the baseline.
Table gap_model_table(const Study& study);

/// One row a scheme, form and number; empty without `forms`.
Table form_table(const Study& study);

/// All of these that have rows.
std::vector<Table> fit_tables(const Study& study);

}  // namespace overtake
