/* A task in a shared library: the opposite of a word, judged by its letters.
 *
 *   cc -shared -fPIC -I ../../Sources/CPlugin/include opposites.c -o opposites.so
 *   mtl tasks preview --plugin opposites.so
 */
#include <mtl_plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const train[][2] = {{"acute", "chronic"}, {"benign", "malignant"}, {"high", "low"}};
static const char *const test[][2] = {{"systolic", "diastolic"}, {"proximal", "distal"}};

/* A split that is being read. */
struct mtl_examples {
  const char *const (*pairs)[2];
  size_t count, next;
  char line[256];
};

static mtl_examples *open_split(const mtl_task *task, const char *split) {
  (void)task;
  mtl_examples *examples = calloc(1, sizeof *examples);
  if (!examples) return NULL;
  int is_train = strcmp(split, "train") == 0;
  examples->pairs = is_train ? train : test;
  examples->count = is_train ? sizeof train / sizeof *train : sizeof test / sizeof *test;
  return examples;
}

static const char *next_example(mtl_examples *examples) {
  if (examples->next == examples->count) return NULL;
  const char *const *pair = examples->pairs[examples->next++];
  snprintf(examples->line, sizeof examples->line,
           "{\"id\": \"%s\", \"prompt\": \"What is the opposite of %s?\", \"target\": \"%s\"}", pair[0], pair[0], pair[1]);
  return examples->line;
}

static void close_split(mtl_examples *examples) { free(examples); }

/* One point where the prediction stands among the references; a real metric would parse the JSON. */
static int32_t is_right(const mtl_task *task, const char *outcome, double *parts) {
  (void)task;
  const char *key = "\"prediction\":\"", *start = strstr(outcome, key), *references = strstr(outcome, "\"references\":[");
  parts[0] = 0;
  if (!start || !references) return 0;
  start += strlen(key);
  const char *end = strchr(start, '"');
  char quoted[128];
  snprintf(quoted, sizeof quoted, "\"%.*s\"", end ? (int)(end - start) : 0, start);
  parts[0] = strstr(references, quoted) != NULL;
  return 0;
}

static const mtl_task tasks[] = {{
    .name = "opposites",
    .category = "Vocabulary",
    .output_type = "generate_until",
    .max_new_tokens = 8,
    .open_split = open_split,
    .next_example = next_example,
    .close_split = close_split,
    .metric_name = "is_right",
    .metric_part_count = 1,
    .metric_score = "mean",
    .metric_parts = is_right,
}};

static const mtl_plugin plugin = {MTL_PLUGIN_ABI_VERSION, 1, tasks};

const mtl_plugin *mtl_plugin_entry(void) { return &plugin; }
