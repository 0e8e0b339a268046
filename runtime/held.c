/* Shadows of the blocks that static variables hold when a derivative starts. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ODR __attribute__((weak, visibility("hidden")))

/* C++'s operators for blocks of types that ask for much alignment. */
#define ALIGNED(BYTES) \
  extern void *aligned_new_##BYTES(size_t, size_t) __asm__(PREFIX "_ZnwmSt11align_val_t"); \
  extern void aligned_delete_##BYTES(void *, size_t) __asm__(PREFIX "_ZdlPvSt11align_val_t"); \
  ODR void *__enzcc_heap_new_##BYTES(size_t size) { return aligned_new_##BYTES(size, BYTES); } \
  ODR void __enzcc_heap_delete_##BYTES(void *block) { aligned_delete_##BYTES(block, BYTES); }
#if defined(__APPLE__)
#define PREFIX "_"
#else
#define PREFIX ""
#endif
ALIGNED(32)
ALIGNED(64)
ALIGNED(128)

/* How large the block is that a variable holds. */
ODR void __enzcc_heap_measure(size_t *size, void *const *variable) { *size = __enzcc_block_size(*variable); }

/* What a block is made of, as tables of the compiler's tell it (enzcc/ad/memory/mirrored.py): what is in it follows. */
struct enzcc_part {
  void *first, (*drop)(void *);           /* what makes such blocks and gives them back; the table of a class */
  size_t kind, offset, size, step, parts; /* step: where the next one of its kind lies */
};

enum { PART_BLOCK, PART_OBJECT, PART_FLOATS, PART_POINTERS, PART_CLASS, PART_BRANCH };

/* A block that static variables hold when a derivative starts, and its shadow. A list of them is a treap of addresses
   as well: blocks by the thousand, in any order, are found in few steps. */
struct enzcc_held {
  char *block, *shadow;
  size_t size;
  const struct enzcc_part *made_of;
  size_t below[2]; /* of lower and of higher addresses: their numbers plus one */
};

struct enzcc_list {
  size_t count, room, root;
  struct enzcc_held all[];
};

/* The last one that begins up to an address. */
static inline struct enzcc_held *held_up_to(struct enzcc_list *list, const void *address) {
  struct enzcc_held *found = 0;
  for (size_t at = list ? list->root : 0; at;) {
    struct enzcc_held *one = &list->all[at - 1];
    int is_up_to = (const void *)one->block <= address;
    if (is_up_to) found = one;
    at = one->below[is_up_to];
  }
  return found;
}

static inline struct enzcc_held *find_held(struct enzcc_list *list, const void *block) {
  struct enzcc_held *found = held_up_to(list, block);
  return found && found->block == block ? found : 0;
}

/* As good as random: who is above whom in the tree. */
static inline uint64_t rank(const struct enzcc_held *one) {
  uint64_t mixed = ((uint64_t)(uintptr_t)one->block >> 4) * 0x9e3779b97f4a7c15u;
  return (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93u;
}

static inline struct enzcc_held *hold(struct enzcc_list **held, char *block, char *shadow, size_t size) {
  struct enzcc_list *list = *held;
  if (!list || list->count == list->room) {
    size_t count = list ? list->count : 0, room = 2 * count + 8;
    struct enzcc_list *more = realloc(list, sizeof *more + room * sizeof *more->all);
    if (!more) __enzcc_out_of_memory();
    if (!list) more->root = 0;
    more->count = count, more->room = room, *held = list = more;
  }
  struct enzcc_held *one = &list->all[list->count++];
  *one = (struct enzcc_held){block, shadow, size, 0, {0, 0}};
  size_t *link = &list->root;
  while (*link && rank(&list->all[*link - 1]) >= rank(one))
    link = &list->all[*link - 1].below[list->all[*link - 1].block < block];
  size_t rest = *link, *ends[2] = {&one->below[0], &one->below[1]};
  *link = list->count;
  while (rest) { /* what was below is parted */
    struct enzcc_held *other = &list->all[rest - 1];
    int is_lower = other->block < block;
    *ends[!is_lower] = rest;
    ends[!is_lower] = &other->below[is_lower];
    rest = *ends[!is_lower];
  }
  *ends[0] = *ends[1] = 0;
  return one;
}

/* Pointers in such blocks lead to a variable, too. */
ODR void __enzcc_heap_variable(char *shadow, char *variable, size_t size, struct enzcc_list **list) {
  if (!find_held(*list, variable)) hold(list, variable, shadow, size);
}

/* Containers of LLVM's library tell AddressSanitizer which part of their block they use: the copy is of all of it. */
__attribute__((noinline, no_sanitize("address"))) static void copy_block(void *to, const void *from, size_t size) {
  volatile uint64_t *word = to;
  const volatile uint64_t *taken = from;
  for (size_t i = 0; i < size / sizeof *word; i++) word[i] = taken[i];
  for (size_t at = size - size % sizeof *word; at < size; at++)
    ((volatile char *)to)[at] = ((const volatile char *)from)[at];
}

/* The same for one pointer. */
__attribute__((noinline, no_sanitize("address", "alignment"))) static char *pointer_at(const char *place) {
  return *(char *const volatile *)place;
}

/* A variable holds a whole block from the heap, or null: *shadow becomes a block of that size until the derivative is
   done, cleared, or with the same in it. The size is returned, 0 if another variable holds the block too. `make`: the
   program's blocks come from there, and not from malloc. */
ODR size_t __enzcc_heap_sized(void **shadow, void *const *variable, size_t size, struct enzcc_list **list, _Bool same,
                              void *(*make)(size_t), void (*drop)(void *)) {
  char *block = *variable;
  struct enzcc_held *known = find_held(*list, block);
  if (known) {
    *shadow = known->shadow;
    return 0;
  }
  *shadow = !size ? block : make ? make(size) : malloc(size);
  char *volatile first = *shadow;
  if (size && first == block) { /* of which nothing is left */
    *shadow = make ? make(size) : malloc(size);
    if (drop) drop(first);
    else free(first);
  }
  if (block && !*shadow) __enzcc_out_of_memory();
  if (size) hold(list, block, *shadow, size);
  if (size && same) copy_block(*shadow, block, size);
  else if (size) memset(*shadow, 0, size);
  return size;
}

ODR size_t __enzcc_heap_shadow(void **shadow, void *const *variable, struct enzcc_list **list, _Bool same,
                               void *(*make)(size_t)) {
  return __enzcc_heap_sized(shadow, variable, __enzcc_block_size(*variable), list, same, make, 0);
}

/* The pointers that follow one to such a block lead as far into its shadow, or to its end. */
ODR void __enzcc_heap_span(void **shadow, void *const *variable, size_t others) {
  for (size_t i = 1; i <= others; i++)
    shadow[i] = variable[i] ? (char *)shadow[0] + ((char *)variable[i] - (char *)variable[0]) : 0;
}

static const struct enzcc_part *part_of_class(const struct enzcc_part *what, const void *table) {
  for (const struct enzcc_part *part = what + 1, *end = part + what->parts; part < end; part += 1 + part->parts)
    if (part->kind == PART_CLASS && part->first == table) return part;
  return 0;
}

ODR void __enzcc_heap_tree(void **shadow, void *const *variable, const struct enzcc_part *what,
                           struct enzcc_list **list);

/* The parts of a block, up to `bytes` of it, that hold blocks get shadows of these; floats are cleared. */
static void shadow_parts(char *to, char *from, size_t size, size_t bytes, const struct enzcc_part *what,
                         struct enzcc_list **list) {
  for (const struct enzcc_part *part = what + 1, *end = part + what->parts; part < end; part += 1 + part->parts) {
    if (part->kind == PART_FLOATS) __enzcc_clear_cells(to, size, part->step, part->offset, part->size);
    if (part->kind == PART_BRANCH) /* to a node of the same tree */
      __enzcc_heap_tree((void **)(to + part->offset), (void *const *)(from + part->offset), what, list);
    if (part->kind == PART_BLOCK || part->kind == PART_OBJECT)
      for (size_t at = 0; at + what->step <= bytes; at += what->step) {
        __enzcc_heap_tree((void **)(to + at + part->offset), (void *const *)(from + at + part->offset), part, list);
        if (!what->step) break;
      }
  }
}

/* The same for a block in which others may be held, in each element up to the second pointer to it, or in the whole. */
ODR void __enzcc_heap_tree(void **shadow, void *const *variable, const struct enzcc_part *what,
                           struct enzcc_list **list) {
  const struct enzcc_part *known = 0;
  if (what->kind == PART_OBJECT && *variable && !(known = part_of_class(what, *(void **)*variable))) return;
  size_t size = __enzcc_heap_shadow(shadow, variable, list, what->parts != 0, (void *(*)(size_t))what->first);
  __enzcc_heap_span(shadow, variable, what->size);
  if (!size) return;
  char *to = *shadow, *from = *variable;
  find_held(*list, from)->made_of = what;
  size_t bytes = what->step ? (size_t)((char *)shadow[1] - to) : 0;
  shadow_parts(to, from, size, bytes, what, list);
  if (known) shadow_parts(to, from, size, 0, known, list);
}

/* A hash table of GNU's library: its buckets, the size, the head of the list of nodes, their number, two words, and the
   one bucket of a table without a block. Buckets lead to nodes, which have no shadow, and to the head. */
ODR void __enzcc_heap_table(void **shadow, void *const *variable, struct enzcc_list **list, void *(*make)(size_t)) {
  enum { SIZE = 1, HEAD = 2, ONLY = 6 };
  void **bucket = shadow + ONLY;
  size_t count = 1;
  if (*variable == variable + ONLY) {
    *shadow = bucket;
    *bucket = variable[ONLY];
  } else {
    count = (size_t)variable[SIZE];
    __enzcc_heap_sized(shadow, variable, *variable ? count * sizeof *bucket : 0, list, 1, make, 0);
    bucket = *shadow;
  }
  for (size_t i = 0; bucket && i < count; i++)
    if (bucket[i] == variable + HEAD) bucket[i] = shadow + HEAD;
}

ODR size_t __enzcc_heap_size(const void *block, struct enzcc_list *const *list) {
  struct enzcc_held *one = find_held(*list, block);
  return one ? one->size : 0;
}

/* Pointers in shadow memory shall point into the shadow of such a block, where those in `from` point into the block. */
ODR void __enzcc_heap_redirect(char *to, const char *from, size_t bytes, size_t period, size_t offset, size_t size,
                               struct enzcc_list *const *list) {
  if (!to || !*list) return;
  for (size_t at = offset; at + size <= bytes; at += period)
    for (size_t part = at; part + sizeof(char *) <= at + size; part += sizeof(char *)) {
      char *pointer = pointer_at(from + part);
      const struct enzcc_held *one = held_up_to(*list, pointer);
      if (!one || pointer >= one->block + one->size) continue;
      pointer = one->shadow + (pointer - one->block);
      memcpy(to + part, &pointer, sizeof pointer);
    }
}

ODR void __enzcc_heap_redirect_trees(struct enzcc_list *const *list) {
  for (size_t i = 0; *list && i < (*list)->count; i++) {
    const struct enzcc_held *one = &(*list)->all[i];
    const struct enzcc_part *part = one->made_of, *end = part ? part + 1 + part->parts : 0;
    for (part = part ? part + 1 : 0; part < end; part += 1 + part->parts)
      if (part->kind == PART_POINTERS)
        __enzcc_heap_redirect(one->shadow, one->block, one->size, part->step, part->offset, part->size, list);
  }
}

/* An argument leads to none of these blocks. */
ODR void __enzcc_heap_apart(const char *argument, struct enzcc_list *const *list, const char *message) {
  const struct enzcc_held *one = held_up_to(*list, argument);
  if (one && one->made_of && argument < one->block + one->size) __enzcc_no_derivative(message);
}

/* The derivative is done: what the variable's shadow holds is given back, once, to where it came from. */
ODR void __enzcc_heap_release(void **shadow, void *const *variable, struct enzcc_list **gone, void (*drop)(void *)) {
  char *block = *shadow;
  *shadow = 0;
  if (!block || block == *variable) return;
  if (find_held(*gone, block)) return;
  hold(gone, block, 0, 0);
  if (drop) drop(block);
  else free(block);
}

/* The same for the buckets of a hash table, unless it uses the one that lies in it. */
ODR void __enzcc_heap_release_table(void **shadow, void *const *variable, struct enzcc_list **gone,
                                    void (*drop)(void *)) {
  if (*shadow == shadow + 6) *shadow = 0;
  __enzcc_heap_release(shadow, variable, gone, drop);
}

ODR void __enzcc_heap_release_tree(void **shadow, void *const *variable, const struct enzcc_part *what,
                                   struct enzcc_list **gone);

static void release_parts(char *block, char *primal, size_t bytes, const struct enzcc_part *what,
                          struct enzcc_list **gone) {
  for (const struct enzcc_part *part = what + 1, *end = part + what->parts; part < end; part += 1 + part->parts)
    if (part->kind == PART_BLOCK || part->kind == PART_OBJECT || part->kind == PART_BRANCH)
      for (size_t at = 0; at + what->step <= bytes; at += what->step) {
        void **shadow = (void **)(block + at + part->offset);
        __enzcc_heap_release_tree(shadow, (void *const *)(primal + at + part->offset),
                                  part->kind == PART_BRANCH ? what : part, gone);
        if (!what->step) break;
      }
}

/* The same for a block, and those that it holds. */
ODR void __enzcc_heap_release_tree(void **shadow, void *const *variable, const struct enzcc_part *what,
                                   struct enzcc_list **gone) {
  char *block = *shadow, *primal = *variable;
  if (block && primal && block != primal && !find_held(*gone, block)) {
    const struct enzcc_part *known = what->kind == PART_OBJECT ? part_of_class(what, *(void **)primal) : 0;
    release_parts(block, primal, what->step ? (size_t)((char *)shadow[1] - block) : 0, what, gone);
    if (known) release_parts(block, primal, 0, known, gone);
  }
  __enzcc_heap_release(shadow, variable, gone, what->drop);
}

/* The same for nodes that the functions have left in a list or a hash table, which a null or the list itself ends, or in
   a tree. `link`: where the pointer to the next one lies in each, `other`: where one to another one lies, or the same. */
ODR void __enzcc_heap_release_chain(void **shadow, void *const *variable, const void *end, size_t link, size_t other,
                                    const struct enzcc_part *what, struct enzcc_list **gone) {
  char *node = *shadow, *primal = *variable;
  while (node && primal && primal != end) {
    void *next = pointer_at(node + link), *below = pointer_at(node + other), *held = node;
    void *primal_next = pointer_at(primal + link), *primal_below = pointer_at(primal + other);
    if (other != link) __enzcc_heap_release_chain(&below, &primal_below, end, other, link, what, gone);
    if (node != primal && !find_held(*gone, node)) release_parts(node, primal, 0, what, gone);
    __enzcc_heap_release(&held, (void *const *)&primal, gone, what->drop);
    node = next, primal = primal_next;
  }
  *shadow = 0;
}

/* The shadow of a block of floats holds none again. */
ODR void __enzcc_heap_clear(void *shadow) {
  if (shadow) memset(shadow, 0, __enzcc_block_size(shadow));
}

ODR void __enzcc_heap_done(struct enzcc_list **list) {
  free(*list);
  *list = 0;
}

/* Nodes a, b and c, if they are no null, with their shadows: all of these are constant, and what their links lead to, or
   none is. `links`: the bits of the words that are pointers to other nodes. */
ODR void __enzcc_link_apart(void **a, void **b, void **c, void **shadow_a, void **shadow_b, void **shadow_c, size_t links,
                            const char *message) {
  void **nodes[] = {a, b, c}, **shadows[] = {shadow_a, shadow_b, shadow_c};
  int constant = 0, active = 0;
  for (int i = 0; i < 3; i++)
    if (nodes[i] == shadows[i]) {
      constant |= nodes[i] != 0;
    } else {
      active = 1;
      for (size_t word = 0; links >> word; word++)
        if (links >> word & 1 && nodes[i][word] && nodes[i][word] == shadows[i][word]) constant = 1;
    }
  if (constant && active) __enzcc_no_derivative(message);
}

/* A node is constant, and a link of it leads to a variable with a shadow: the head of a list of constants. */
ODR void __enzcc_link_home(void **node, void **shadow, size_t links, const char *variable, size_t size,
                           const char *message) {
  if (!node || node != shadow) return;
  for (size_t word = 0; links >> word; word++)
    if (links >> word & 1 && (uintptr_t)node[word] - (uintptr_t)variable < size) __enzcc_no_derivative(message);
}
