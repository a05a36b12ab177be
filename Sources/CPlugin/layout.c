#include "mtl_plugin.h"

/* Libraries are compiled apart from the program: a changed layout needs another version number. */
_Static_assert(MTL_PLUGIN_ABI_VERSION == 1, "say here what the layout of the new version is");
_Static_assert(sizeof(void *) != 8 || sizeof(mtl_task) == 96, "mtl_task changed without a new version");
_Static_assert(sizeof(void *) != 8 || sizeof(mtl_plugin) == 16, "mtl_plugin changed without a new version");
