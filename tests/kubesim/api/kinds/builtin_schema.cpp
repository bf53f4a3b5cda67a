#include "tests/kubesim/api/kinds/schema.hpp"
#include "tests/kubesim/api/kinds/schema_tables.hpp"

namespace kubesim::kinds {

const schema& builtin_schema() {
  static const schema tables{{metadata_tables(), pod_tables(), core_tables(), workload_tables(),
                              cluster_tables(), extension_tables(), review_tables()}};
  return tables;
}

} // namespace kubesim::kinds
