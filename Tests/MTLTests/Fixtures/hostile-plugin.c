/* A plugin that breaks one rule of the interface, chosen when it is compiled. */
/* What is broken leaves parts of the rest unused. */
#pragma GCC diagnostic ignored "-Wunused"
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <mtl_plugin.h>
#include <stddef.h>

#ifndef LINE
#define LINE "{\"prompt\": \"p\", \"target\": \"t\"}"
#endif
#ifndef VERSION
#define VERSION MTL_PLUGIN_ABI_VERSION
#endif
#ifndef NAME
#define NAME "hostile"
#endif
#ifndef TYPE
#define TYPE "generate_until"
#endif
#ifndef COUNT
#define COUNT 1
#endif
#ifndef TASKS
#define TASKS tasks
#endif
#ifndef OPEN
#define OPEN open_split
#endif
#ifndef METRIC
#define METRIC NULL
#endif
#ifndef PARTS
#define PARTS 1
#endif
#ifndef PART
#define PART 0.5
#endif
#ifndef STATUS
#define STATUS 0
#endif
#ifndef FAILURE
#define FAILURE NULL
#endif

struct mtl_examples {
  int given;
};
static mtl_examples state;

static mtl_examples *open_split(const mtl_task *task, const char *split) {
  (void)task;
  state.given = 0;
  return split[1] == 'e' ? &state : NULL;
}
static const char *next_example(mtl_examples *examples) { return examples->given++ ? NULL : LINE; }
static const char *read_error(mtl_examples *examples) {
  (void)examples;
  return FAILURE;
}
static void close_split(mtl_examples *examples) { (void)examples; }
static int32_t metric(const mtl_task *task, const char *outcome, double *parts) {
  (void)task, (void)outcome;
  for (int i = 0; i < PARTS; i++) parts[i] = PART;
  return STATUS;
}

static const mtl_task tasks[] = {
    {NAME, "c", TYPE, 0, OPEN, next_example, read_error, close_split, METRIC, PARTS, "mean", metric}};
static const mtl_plugin plugin = {VERSION, COUNT, TASKS};

#ifndef NO_ENTRY
const mtl_plugin *mtl_plugin_entry(void) {
#ifdef NO_PLUGIN
  return NULL;
#else
  return &plugin;
#endif
}
#else
const void *not_the_entry[] = {&plugin};
#endif
