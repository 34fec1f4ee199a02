// Tables of how laws were fitted: ways of sharing, gap models, forms, held-out errors, residual tests, profiles.
#pragma once

#include "analysis/tables.hpp"

namespace overtake {

/// One row a way of sharing: free numbers, objective, test against separate laws, AIC, BIC, which of them is lowest.
Table sharing_table(const Study& study);

}  // namespace overtake
