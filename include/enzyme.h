/* enzyme.h - the calls and words by which a C program asks for derivatives.
 *
 *     double f(const double *x, int n);
 *     double dx[3] = {0};
 *     __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_const, 3);   adds df/dx to dx
 *
 * Nothing here is ever defined. enzcc recognises a call by the name of the function called and
 * replaces it by the derivative; a word such as `enzyme_dup` is recognised by its name and its
 * value is never read.
 *
 * Including this file is a convenience: a program may just as well declare what it uses, and it
 * may do both, as long as the declarations agree. To keep prototypes of your own, with other types
 * under the same names, define ENZYME_NO_MARKERS before including this file: then it declares the
 * words only.
 *
 * One name, many types. A marker is found by the text *inside* the name, so every suffix makes a
 * new marker with the types you want:
 *
 *     struct gradient { double x, y; };
 *     struct gradient __enzyme_autodiff_gradient(void *, ...);
 *
 * A `float` cannot pass through `...`: C turns it into a double, and the function differentiated
 * wants a float. Here a fixed prototype is needed, one a signature, so none can be given below:
 *
 *     float __enzyme_autodiff_square(void *, float);
 *
 * The same holds for _Float16 and, in C++ too, for whatever else `...` promotes (char, short,
 * bool). A literal 1 is an int: write 1.0 for a double parameter.
 *
 * This is the whole interface; what the compiler at hand cannot do yet it refuses with an error.
 */
#ifndef ENZYME_H
#define ENZYME_H

#include <stddef.h>

/* ---- Words: the activity of the argument that follows ----
 *
 * Without a word a pointer is `enzyme_dup`, an integer `enzyme_const`, and a floating value
 * `enzyme_out` in reverse mode and `enzyme_dup` in forward mode.
 */
extern int enzyme_dup;        /* value, shadow: reverse mode adds the gradient to *shadow */
extern int enzyme_dupnoneed;  /* value, shadow: the output itself is not wanted */
extern int enzyme_dupv;       /* stride in bytes, value, shadow of the first lane */
extern int enzyme_dupnoneedv; /* the same, the output itself is not wanted */
extern int enzyme_const;      /* value: nothing is differentiated by it */
extern int enzyme_out;        /* value: its gradient is returned by the call (reverse mode) */

/* Modifiers, which stand before an activity word. */
extern int enzyme_not_overwritten; /* its memory stays as it is between augmentfwd and reverse */
extern int enzyme_byref;           /* size in bytes: the next argument points to the value */

/* ---- Words for the whole call: no operand, anywhere after the function ---- */
extern int enzyme_primal_return;    /* return the function's own result too, in front */
extern int enzyme_noret;            /* augmentfwd: do not return the function's own result */
extern int enzyme_const_return;     /* the result carries no derivative */
extern int enzyme_active_return;    /* the result is differentiated, the caller gives the seed */
extern int enzyme_dup_return;       /* the result has a shadow */
extern int enzyme_nofree;           /* split modes: keep the tape, it will be used again */
extern int enzyme_runtime_activity; /* a shadow equal to its primal means inactive */
extern int enzyme_strong_zero;      /* a zero derivative times inf or NaN is zero */
extern int enzyme_interleave;       /* the values are complete, their shadows follow in order */

/* ---- Words with an operand ---- */
extern int enzyme_width;     /* constant: number of directions carried together */
extern int enzyme_allocated; /* constant: bytes of tape that the caller provides */
extern int enzyme_tape;      /* pointer: where the tape is kept */
extern int enzyme_context;   /* context: which shadows of globals are used */

/* Probabilistic programming. */
extern int enzyme_trace;           /* trace: records the choices */
extern int enzyme_duptrace;        /* trace: records the choices and their gradients */
extern int enzyme_observations;    /* trace: choices in it take their recorded value */
extern int enzyme_likelihood;      /* double *: receives the log-likelihood */
extern int enzyme_duplikelihood;   /* double *, double *: log-likelihood and its seed */
extern int enzyme_active_rand_var; /* string: address of a choice that is differentiated */
extern int enzyme_interface;       /* table of functions: the trace to work with */

/* Words of __enzyme_batch. */
extern int enzyme_scalar; /* one value, shared by all lanes */
extern int enzyme_vector; /* one value for each lane */
extern int enzyme_buffer; /* stride in bytes, pointer: lane i at pointer + i * stride */

/* Words of the checkpointed loops. */
extern int enzyme_scheme;            /* scheme, data: which object decides what is stored */
extern int enzyme_checkpoint_region; /* pointer, bytes: memory that belongs to the state */

/* Words of the fixed-point iteration. */
extern int enzyme_fp_state;     /* pointer, bytes: the state that is iterated */
extern int enzyme_fp_reduction; /* double: how far the residual of the adjoint shall fall */
extern int enzyme_fp_max_iters; /* 64-bit integer: most iterations of the adjoint, 0 for no limit */
extern int enzyme_fp_control;   /* function: decides whether to go on */

/* Words of the floating-point optimiser. */
extern int poseidon_tau;        /* double: the budget */
extern int poseidon_confidence; /* double in (0, 1] */

/* ---- What the program says of its functions and globals ----
 *
 * Each macro stands at file scope, once for each function, with a semicolon behind. What it makes is a
 * variable whose name is recognised, and which may be written by hand:
 *
 *     void *__enzyme_register_derivative_f[] = {(void *)f, (void *)f_tangent};
 */
#define ENZYME_REGISTERED(kind, f) __attribute__((__used__)) static void *kind##f[]

/* Reverse mode by hand. A floating parameter of f is one of the rule; any other is followed by its
 * shadow, integers too. `augmented` returns {tape, result} (or just one of these, or {tape, result,
 * shadow of the result}); `reverse` takes in addition the seed, if the result is floating, and the tape,
 * adds to shadows, and returns the gradients by the floating parameters. */
#define ENZYME_REGISTER_GRADIENT(f, augmented, reverse)                                            \
  ENZYME_REGISTERED(__enzyme_register_gradient_, f) = {(void *)f, (void *)augmented, (void *)reverse}
/* Forward mode by hand: each parameter is followed by its tangent or shadow; returns {result, tangent}. */
#define ENZYME_REGISTER_DERIVATIVE(f, tangent)                                                     \
  ENZYME_REGISTERED(__enzyme_register_derivative_, f) = {(void *)f, (void *)tangent}
/* The same in two halves: `tangent` takes the tape of `augmented` as its last parameter. */
#define ENZYME_REGISTER_SPLITDERIVATIVE(f, augmented, tangent)                                     \
  ENZYME_REGISTERED(__enzyme_register_splitderivative_, f) = {(void *)f, (void *)augmented,        \
                                                              (void *)tangent}
/* Calls of f carry no derivative. */
#define ENZYME_INACTIVE_FUNCTION(f) ENZYME_REGISTERED(__enzyme_inactivefn_, f) = {(void *)f}
/* The global variable g carries no derivative, whatever is stored in it. */
#define ENZYME_INACTIVE_GLOBAL(g) ENZYME_REGISTERED(__enzyme_inactive_global_, g) = {(void *)&g}
/* The variable dg is the shadow of the variable g: it holds its tangent, and gathers its gradient. */
#define ENZYME_SHADOW_GLOBAL(g, dg)                                                                \
  ENZYME_REGISTERED(__enzyme_shadow_global_, g) = {(void *)&g, (void *)&dg}
/* f has the derivative of the function of that name: ENZYME_FUNCTION_LIKE(my_sine, "sin"). */
#define ENZYME_FUNCTION_LIKE(f, name)                                                              \
  ENZYME_REGISTERED(__enzyme_function_like_, f) = {(void *)f, (void *)name}
/* f allocates memory, argument `size` of it the bytes; `release` gives it back. `arguments` lists what
 * release takes: "-1" the block, "0,-1" the first argument of the allocation, then the block. */
#define ENZYME_ALLOCATION_LIKE(f, size, arguments, release)                                        \
  ENZYME_REGISTERED(__enzyme_allocation_like_, f) = {(void *)f, (void *)(size), (void *)arguments, \
                                                     (void *)release}
/* f frees no memory of its caller's. */
#define ENZYME_NOFREE(f) ENZYME_REGISTERED(__enzyme_nofree_, f) = {(void *)f}
/* f gives the same result when it is called again: better than keeping the result. */
#define ENZYME_SHOULD_RECOMPUTE(f) ENZYME_REGISTERED(__enzyme_shouldrecompute_, f) = {(void *)f}

/* f stores into a sparse array (__enzyme_todense), and gets what is not zero only. */
#define ENZYME_SPARSE_ACCUMULATE_FUNCTION(f)                                                       \
  ENZYME_REGISTERED(__enzyme_sparse_accumulate_, f) = {(void *)f}

/* The same as attributes of a declaration, also one without a body. */
#define ENZYME_INACTIVE __attribute__((__annotate__("enzyme_inactive"))) /* function, global */
#define ENZYME_SPARSE_ACCUMULATE __attribute__((__annotate__("enzyme_sparse_accumulate")))
#define ENZYME_LIKE(name) __attribute__((__annotate__("enzyme_function_like=" name)))

/* ---- Markers ---- */
#ifndef ENZYME_NO_MARKERS

#ifdef __cplusplus
extern "C" {
#endif

/* Reverse mode: gradients by `enzyme_dup` arguments are added to their shadows, those by
 * `enzyme_out` arguments returned. The plain name returns the gradient by the first of these. */
double __enzyme_autodiff(void *, ...);
void __enzyme_autodiff_void(void *, ...); /* every gradient goes to a shadow */

/* Forward mode: the derivative in the direction that the shadows hold. */
double __enzyme_fwddiff(void *, ...);
void __enzyme_fwddiff_void(void *, ...); /* the function writes its results through pointers */

/* Reverse mode in two calls, with a tape between them. */
size_t __enzyme_augmentsize(void *, ...);   /* activity words only: bytes the tape needs */
void *__enzyme_augmentfwd(void *, ...);     /* runs the function, returns the tape */
void __enzyme_augmentfwd_void(void *, ...); /* the same where `enzyme_tape` receives the tape */
double __enzyme_reverse(void *, ...);       /* arguments, seed, tape: as __enzyme_autodiff */
void __enzyme_reverse_void(void *, ...);    /* every gradient goes to a shadow */
double __enzyme_fwdsplit(void *, ...);      /* forward mode that reads what a tape has kept */
void __enzyme_fwdsplit_void(void *, ...);   /* the function writes its results through pointers */
void *__enzyme_virtualreverse(void *);      /* shadow of a function or of a vtable */

/* The function itself on `enzyme_width` sets of arguments; results go through pointers, or, with a
 * suffix, into the struct that you declare. */
void __enzyme_batch(void *, ...);

/* Calls a function without differentiating it. The prototype called is made of this return type
 * and of the arguments as they are passed. */
void __enzyme_call_inactive(void *, ...);
int __enzyme_call_inactive_int(void *, ...);
double __enzyme_call_inactive_double(void *, ...);
void *__enzyme_call_inactive_pointer(void *, ...);

/* Statements about memory: pointer, and how many bytes from there (default: one element). */
void __enzyme_float(void *, ...);   /* holds float */
void __enzyme_double(void *, ...);  /* holds double */
void __enzyme_integer(void *, ...); /* holds integers */
void __enzyme_pointer(void *, ...); /* holds pointers */

/* The first argument; raised by the second each time the function around it is differentiated. */
int __enzyme_iter(int, int);

/* Forward propagation of bounds of the rounding error. */
double __enzyme_error_estimate(void *, ...);

/* Reduced precision: function (value), bits from, bits to or exponent bits, significand bits. */
void *__enzyme_truncate_mem_func(void *, ...);   /* a clone that holds rounded values */
void *__enzyme_truncate_op_func(void *, ...);    /* a clone that rounds every operation */
double __enzyme_truncate_mem_value(double, ...); /* into the target format */
double __enzyme_expand_mem_value(double, ...);   /* back from it */
double __poseidon_fp_optimize(void *, ...);      /* calls a clone with rewritten arithmetic */
double __enzyme_fp_optimize(void *, ...);        /* the older name of the same */
void poseidon_metric(const char *, double);      /* names a value that is to be measured */

/* Probabilistic programming. */
double __enzyme_sample(void *, ...);    /* sampler, log density, address, parameters: a choice */
double __enzyme_observe(double, ...);   /* value, log density, address, parameters: a datum */
double __enzyme_trace(void *, ...);     /* runs the function and records its choices */
double __enzyme_condition(void *, ...); /* the same with some choices given */
void __enzyme_likelihood(void *, ...);  /* the log-likelihood of the choices */

/* Sparse arrays: load function, store function, what they get beside offset and value. */
void *__enzyme_todense(void *, ...);
void *__enzyme_post_sparse_todense(void *, ...);

/* Shadows of globals. */
void *__enzyme_context(int);        /* width: a set of shadows of its own */
void *__enzyme_shadow(void *, ...); /* context, address, lane; or address, width, lane */
void __enzyme_zero_shadows(void *); /* context: back to the start state */

/* Checkpointed loops: step, start, count (not with `while`), words, arguments. Ready-made schemes are in
 * <enzyme_checkpoint.h>. */
void __enzyme_checkpoint_for(void *, ...);
void __enzyme_checkpoint_while(void *, ...);
void __enzyme_ptr_size_hint(void *, size_t, int); /* pointer, bytes behind it, 0 */

/* Fixed-point iteration: step, enzyme_fp_state, state, bytes, words, arguments. */
void __enzyme_fixed_point(void *, ...);

#if defined(__UINT64_TYPE__) && defined(__INT64_TYPE__)
__extension__ typedef __UINT64_TYPE__ enzyme_unsigned64;
__extension__ typedef __INT64_TYPE__ enzyme_signed64;
/* At the top of a loop's body: schedule (0 none, 1 periodic, 2 revolve, 3 store all, 4 binomial)
 * and its budget, all ones for the default. */
void __enzyme_set_checkpointing(enzyme_unsigned64, enzyme_unsigned64);
/* In a loop: reduction, most iterations, control function, then pairs of state and bytes. */
void __enzyme_set_fixed_point(double, enzyme_signed64, void *, ...);
#endif

#if defined(__GNUC__) && !defined(__APPLE__) && !defined(_WIN32)
extern void *__enzcc_spare __attribute__((__weak__, __visibility__("hidden")));

/* Gives memory back that derivatives keep for the next one (at most 256 MB in a program or shared library). */
static __inline__ __attribute__((__unused__)) void enzcc_tape_trim(void) {
    if (&__enzcc_spare) __builtin_free(__atomic_exchange_n(&__enzcc_spare, (void *)0, __ATOMIC_ACQ_REL));
}
#endif

#ifdef __cplusplus
}
#endif

#endif /* ENZYME_NO_MARKERS */

#endif /* ENZYME_H */
