; Syntax that clang seldom prints, in LLVM's own words: the parser must know all of it.
source_filename = "rare \22quoted\22.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

module asm ".globl \22odd\22"
module asm "nop"

%0 = type { i32, ptr }
%"class.std::vector<int>" = type { %"struct.base {}", [3 x <4 x float>], i8 }
%"struct.base {}" = type <{ i8, i64, [0 x i8] }>
%opaque = type opaque
%recursive = type { ptr, [2 x %nested] }
%nested = type { <{ i8, { i16, {} } }>, i128 }
%plain$dollar = type { double }

$shared = comdat any
$"largest one" = comdat largest

@0 = private unnamed_addr constant [6 x i8] c"hello\00", align 1
@1 = internal global %0 { i32 -5, ptr @0 }
@"quoted \22name\22" = global i32 7, section "my section", comdat($"largest one"), align 4
@"42" = global i8 1
@"with$dollar" = global i64 ptrtoint (ptr @1 to i64)
@spaced = addrspace(3) externally_initialized global [2 x float] undef, align 8
@filled_by_others = externally_initialized global i32 3
@tls = thread_local(localexec) global i32 0, align 4
@tls2 = dso_local thread_local global i32 0, partition "part", code_model "large"
@weak_one = extern_weak hidden global i32
@ext = external dso_local local_unnamed_addr constant i32, !absolute_symbol !0
@common_one = common global [4 x i8] zeroinitializer, align 16
@dll = dllexport global i32 0
@tables = constant { [2 x ptr], i64, <2 x i1>, x86_fp80, half, bfloat, fp128, i1 } { [2 x ptr] [ptr blockaddress(@jumps, %one), ptr blockaddress(@jumps, %"two two")], i64 sub (i64 ptrtoint (ptr @0 to i64), i64 ptrtoint (ptr @1 to i64)), <2 x i1> <i1 true, i1 false>, x86_fp80 0xK3FFF8000000000000000, half 0xH3C00, bfloat 0xR3F80, fp128 0xL00000000000000003FFF000000000000, i1 true }
@vtable = constant { [3 x ptr] } { [3 x ptr] [ptr null, ptr getelementptr inbounds inrange(-16, 8) ({ [3 x ptr] }, ptr @vtable, i32 0, i32 0, i32 2), ptr inttoptr (i64 8 to ptr)] }
@relative = constant i32 trunc (i64 sub (i64 ptrtoint (ptr dso_local_equivalent @callee to i64), i64 ptrtoint (ptr @relative to i64)) to i32)
@nocfi = constant ptr no_cfi @callee
@signed_pointer = constant ptr ptrauth (ptr @callee, i32 1, i64 1234, ptr @0)
@ppc = global ppc_fp128 0xM00000000000000000000000000000000
@packed = global <{ i8, <{}>, %"struct.base {}" }> <{ i8 1, <{}> zeroinitializer, %"struct.base {}" <{ i8 1, i64 -9223372036854775808, [0 x i8] zeroinitializer }> }>
@vector_of_pointers = global <2 x ptr> <ptr @0, ptr null>
@casted = global ptr addrspace(3) addrspacecast (ptr @1 to ptr addrspace(3))
@poisoned = global { i32, ptr } { i32 poison, ptr undef }
@floats = global [6 x float] [float 1.000000e+00, float -2.500000e-01, float 0x7FF0000000000000, float 0x7FF8000000000000, float 0x36A0000000000000, float -0.0]
@llvm.used = appending global [1 x ptr] [ptr @tls], section "llvm.metadata"

@aliased = weak_odr hidden alias i32 (i32), ptr @jumps
@aliased_data = internal unnamed_addr alias i32, getelementptr inbounds ({ i32, i32 }, ptr @1, i32 0, i32 1)
@"an ifunc" = dso_local ifunc void (), ptr @resolver

declare i32 @callee(i32 noundef zeroext, ...) addrspace(0) #0
declare i32 @personality(...)
declare void @"odd name"(ptr sret(%0) align 8, ptr byval(%nested) align 16, ptr dereferenceable_or_null(8) captures(none), i32 range(i32 0, 5), float nofpclass(nan inf))
declare token @llvm.call.preallocated.setup(i32)
declare ptr @llvm.preserve.struct.access.index.p0.p0(ptr, i32, i32)
declare i64 @llvm.read_register.i64(metadata)
declare i1 @llvm.type.test(ptr, metadata)
declare void @llvm.assume(i1)
declare double @llvm.experimental.constrained.fadd.f64(double, double, metadata, metadata)
declare target("spirv.Image", void, 1, 0) @makes_image()
declare void @takes_image(target("spirv.Image", void, 1, 0))
declare void @inalloca_user(ptr inalloca({ i32, ptr }))
declare swiftcc void @swift(ptr swiftself, ptr swifterror, ptr swiftasync)
declare x86_vectorcallcc <4 x float> @vectorcall(<4 x float> inreg)
declare cc 99 void @numbered_convention()
declare void @llvm.instrprof.increment(ptr, i64, i32, i32)
declare extern_weak void @maybe_there()

define ptr @resolver() {
  ret ptr @callee
}

define dso_local range(i32 0, 8) i32 @everything(i32 noundef %0, ptr noalias nonnull align 8 dereferenceable(16) captures(address, read_provenance) %1, <4 x float> %vector, double %"quoted arg", { i32, i64 } %aggregate, i1 %flag) local_unnamed_addr addrspace(0) #1 section ".text.odd" comdat($shared) align 32 gc "statepoint-example" prefix i32 123 prologue i8 144 personality ptr @personality !prof !9 {
  %3 = add nuw nsw i32 %0, -1
  %4 = sub i32 0, %3
  %5 = mul nsw i32 %4, 3
  %6 = udiv exact i32 %5, 2
  %7 = sdiv i32 %6, 2
  %8 = urem i32 %7, 5
  %9 = srem i32 %8, 5
  %10 = shl nuw i32 %9, 1
  %11 = lshr exact i32 %10, 1
  %12 = ashr i32 %11, 1
  %13 = and i32 %12, 255
  %14 = or disjoint i32 %13, 256
  %15 = xor i32 %14, -1
  %16 = icmp samesign ult i32 %15, 10
  %17 = icmp eq ptr %1, null
  %18 = icmp sgt <2 x i32> <i32 1, i32 2>, splat (i32 1)
  %19 = fcmp fast ueq double %"quoted arg", 1.000000e+00
  %20 = fcmp true double %"quoted arg", 0x7FF0000000000000
  %21 = fadd reassoc nnan ninf nsz arcp contract afn double %"quoted arg", 0.000000e+00
  %22 = fneg fast double %21
  %23 = frem double %22, 2.500000e+00
  %24 = select nnan i1 %flag, double %23, double %21
  %25 = select <2 x i1> %18, <2 x i32> zeroinitializer, <2 x i32> <i32 poison, i32 4>
  %26 = trunc nuw nsw i32 %15 to i8
  %27 = zext nneg i8 %26 to i64
  %28 = sext i8 %26 to i128
  %29 = fptrunc fast double %24 to float
  %30 = fpext nnan float %29 to x86_fp80
  %31 = fptoui double %24 to i37
  %32 = fptosi <4 x float> %vector to <4 x i16>
  %33 = uitofp nneg i32 %15 to half
  %34 = sitofp i128 %28 to bfloat
  %35 = ptrtoint ptr %1 to i64
  %36 = inttoptr i64 %35 to ptr addrspace(1)
  %37 = bitcast double %24 to <2 x float>
  %38 = addrspacecast ptr %1 to ptr addrspace(3)
  %39 = freeze i64 %35
  %40 = ptrtoaddr ptr %1 to i64
  %41 = alloca inalloca { i32, ptr }, align 8
  %42 = alloca swifterror ptr, align 8
  %43 = alloca %"class.std::vector<int>", i64 %39, align 32
  %44 = alloca [4 x i8], i32 3, align 1, !annotation !8
  %45 = getelementptr inbounds nuw %nested, ptr %43, i64 %39, i32 0, i32 1
  %46 = getelementptr nusw i8, ptr %1, <2 x i64> <i64 1, i64 2>
  %47 = getelementptr i8, <2 x ptr> %46, i64 4
  %48 = getelementptr inbounds { i32, <{ i8, double }> }, ptr addrspace(1) %36, i64 0, i32 1, i32 1
  %49 = load atomic volatile i32, ptr %1 syncscope("singlethread") monotonic, align 4
  %50 = load <4 x float>, ptr %1, align 16, !nontemporal !3, !invariant.load !2
  %51 = load ptr, ptr %1, align 8, !nonnull !2, !align !4, !dereferenceable !4
  store atomic i32 %49, ptr addrspace(3) @spaced release, align 4
  store volatile { i32, i64 } %aggregate, ptr %43, align 8
  store ptr addrspace(3) addrspacecast (ptr @1 to ptr addrspace(3)), ptr %44, align 1
  fence syncscope("agent") acquire
  fence seq_cst
  %52 = atomicrmw volatile fadd ptr %1, double 1.500000e+00 syncscope("workgroup") acq_rel, align 8
  %53 = atomicrmw uinc_wrap ptr %1, i32 4 monotonic, align 4
  %54 = atomicrmw xchg ptr %1, ptr %43 seq_cst, align 8
  %55 = cmpxchg weak volatile ptr %1, i32 %49, i32 %15 syncscope("one") acq_rel monotonic, align 4
  %56 = extractvalue { i32, i1 } %55, 0
  %57 = insertvalue { i32, { i8, [2 x double] } } undef, double %24, 1, 1, 0
  %58 = extractvalue { i32, { i8, [2 x double] } } %57, 1, 1
  %59 = extractelement <4 x float> %vector, i64 2
  %60 = insertelement <4 x float> %vector, float %59, i32 %0
  %61 = shufflevector <4 x float> %60, <4 x float> poison, <8 x i32> <i32 0, i32 poison, i32 1, i32 7, i32 6, i32 5, i32 4, i32 3>
  %62 = shufflevector <4 x float> %60, <4 x float> %vector, <4 x i32> zeroinitializer
  %63 = va_arg ptr %1, double
  %64 = tail call fastcc noundef i32 @callee(i32 noundef zeroext %0, i32 1, double 0x3FB999999999999A) #2
  %65 = notail call nsz nnan double @llvm.experimental.constrained.fadd.f64(double %24, double %63, metadata !"round.tonearest", metadata !"fpexcept.strict") #2
  %66 = call i32 (i32, ...) @callee(i32 %64), !srcloc !2
  %67 = call i32 asm sideeffect alignstack inteldialect unwind "mov $0, $1\0A\09nop", "=r,r,~{memory}"(i32 %66)
  call void asm "# \22quoted\22 ($0)", "*m"(ptr elementtype(i32) %1)
  %68 = call i64 @llvm.read_register.i64(metadata !5)
  %69 = call i1 @llvm.type.test(ptr %1, metadata !"text, with ) and \22quotes\22")
  %70 = call i1 @llvm.type.test(ptr %1, metadata !{i32 7})
  call void @llvm.assume(i1 true) [ "align"(ptr %1, i64 32), "nonnull"(ptr %43), "ignore"() ]
  call void @numbered_convention() #2 [ "deopt"(i32 %67, { i32, i64 } %aggregate, ptr @1), "gc-transition"() ], !srcloc !2
  call void @"odd name"(ptr sret(%0) align 8 %43, ptr byval(%nested) align 16 %1, ptr null, i32 range(i32 0, 5) 3, float nofpclass(nan inf) %59)
  %71 = call ptr @llvm.preserve.struct.access.index.p0.p0(ptr elementtype(%0) getelementptr inbounds (i8, ptr @0, i64 1), i32 1, i32 1)
  call void @inalloca_user(ptr inalloca({ i32, ptr }) %41)
  call swiftcc void @swift(ptr swiftself %1, ptr swifterror %42, ptr swiftasync null)
  %72 = call x86_vectorcallcc <4 x float> @vectorcall(<4 x float> inreg %vector)
  call cc 99 void @numbered_convention()
  %73 = call target("spirv.Image", void, 1, 0) @makes_image()
  call void @takes_image(target("spirv.Image", void, 1, 0) %73)
  call void @takes_image(target("spirv.Image", void, 1, 0) poison)
  %74 = load ptr, ptr %42, align 8
  %75 = call i32 %74(i32 %0) "string-attribute"="value" nounwind memory(argmem: readwrite, inaccessiblemem: none)
  %76 = call { i32, { double, ptr } } inttoptr (i64 4096 to ptr)(<{ i8, i8 }> <{ i8 1, i8 2 }>, [2 x i32] [i32 1, i32 2], { ptr } { ptr @0 })
  %77 = call ptr (ptr, ...) @returns_pointer(ptr @0, ptr @"quoted \22name\22", i8 trunc (i64 ptrtoint (ptr @1 to i64) to i8))
  switch i128 %28, label %default [
    i128 -170141183460469231731687303715884105728, label %other
    i128 0, label %default
  ], !annotation !8

default:                                          ; preds = %2, %2
  switch i32 %0, label %other [
  ]

other:                                            ; preds = %default, %2
  %78 = phi fast double [ %24, %2 ], [ 0.000000e+00, %default ]
  %79 = phi { i32, ptr } [ { i32 1, ptr @0 }, %2 ], [ zeroinitializer, %default ]
  %80 = phi ptr [ getelementptr inbounds (i8, ptr @0, i64 1), %2 ], [ %1, %default ]
  ret i32 %66
}

declare ptr @returns_pointer(ptr, ...)

define <vscale x 4 x float> @scalable(<vscale x 4 x float> %a, <vscale x 4 x i1> %m, ptr %p) #3 {
entry:
  %b = fadd <vscale x 4 x float> %a, splat (float 2.000000e+00)
  %c = select <vscale x 4 x i1> %m, <vscale x 4 x float> %b, <vscale x 4 x float> zeroinitializer
  %s = shufflevector <vscale x 4 x float> %c, <vscale x 4 x float> poison, <vscale x 4 x i32> zeroinitializer
  %i = icmp eq <vscale x 4 x i32> zeroinitializer, splat (i32 7)
  %g = getelementptr <vscale x 4 x float>, ptr %p, i64 1
  store <vscale x 4 x float> %s, ptr %g, align 16
  %e = extractelement <vscale x 4 x float> %s, i64 ptrtoint (ptr getelementptr (i8, ptr null, i64 3) to i64)
  %n = insertelement <vscale x 4 x float> poison, float %e, i64 0
  ret <vscale x 4 x float> %n
}

define i32 @jumps(i32 %x) {
  %target = select i1 true, ptr blockaddress(@jumps, %one), ptr blockaddress(@jumps, %"two two")
  indirectbr ptr %target, [label %one, label %"two two"]

one:                                              ; preds = %0
  br label %"two two"

"two two":                                        ; preds = %one, %0
  %r = phi i32 [ 1, %one ], [ %x, %0 ]
  ret i32 %r
}

; Uses that stand above their definitions.
define double @backwards(double %x, i32 %n) {
entry:
  br label %head

latch:                                            ; preds = %body
  %next = fadd double %y, 1.000000e+00
  br label %head

head:                                             ; preds = %latch, %entry
  %acc = phi double [ %x, %entry ], [ %next, %latch ]
  %i = phi i32 [ %n, %entry ], [ %down, %latch ]
  %same = phi i32 [ 0, %entry ], [ %same, %latch ]
  br label %body

body:                                             ; preds = %head
  %y = fmul double %acc, %acc
  %down = add i32 %i, -1
  %done = icmp eq i32 %down, 0
  br i1 %done, label %exit, label %latch, !prof !1, !llvm.loop !6

exit:                                             ; preds = %body
  ret double %y
}

define void @exceptions(ptr %p) personality ptr @personality {
entry:
  %r = invoke fastcc i32 (i32, ...) @callee(i32 1) #2 [ "deopt"(ptr %p) ]
          to label %fine unwind label %lands, !prof !1

fine:                                             ; preds = %entry
  invoke void @maybe_there()
          to label %done unwind label %cleans

lands:                                            ; preds = %entry
  %pad = landingpad { ptr, i32 }
          cleanup
          catch ptr @1
          filter [2 x ptr] [ptr @0, ptr null]
  resume { ptr, i32 } %pad

cleans:                                           ; preds = %fine
  %pad2 = landingpad { ptr, i32 }
          catch ptr null
  br label %done

done:                                             ; preds = %cleans, %fine
  ret void
}

define void @funclets(ptr %slot) personality ptr @personality {
entry:
  invoke void @maybe_there()
          to label %done unwind label %dispatch

dispatch:                                         ; preds = %entry
  %switch = catchswitch within none [label %handler, label %handler.2] unwind label %cleanup

handler:                                          ; preds = %dispatch
  %catch = catchpad within %switch [ptr null, i32 64, ptr %slot]
  call void @maybe_there() [ "funclet"(token %catch) ]
  catchret from %catch to label %done

handler.2:                                        ; preds = %dispatch
  %catch.2 = catchpad within %switch []
  unreachable

cleanup:                                          ; preds = %dispatch
  %clean = cleanuppad within none [i32 7]
  invoke void @maybe_there() [ "funclet"(token %clean) ]
          to label %after unwind label %inside

inside:                                           ; preds = %cleanup
  %inner = cleanuppad within %clean []
  cleanupret from %inner unwind to caller

after:                                            ; preds = %cleanup
  cleanupret from %clean unwind to caller

done:                                             ; preds = %handler, %entry
  ret void
}

define void @branches_from_assembly(i32 %x) {
entry:
  callbr void asm sideeffect "# $0 ${1:l}", "r,!i,!i"(i32 %x)
          to label %next [label %far, label %next], !srcloc !2

next:                                             ; preds = %entry, %entry
  %v = callbr i32 asm "", "=r,!i"() #2
          to label %far [label %far]

far:                                              ; preds = %next, %next, %entry
  ret void
}

define internal void @unnamed_blocks(i1 %0) {
  br i1 %0, label %2, label %3

2:                                                ; preds = %1
  br label %3

3:                                                ; preds = %2, %1
  %4 = phi i8 [ 0, %1 ], [ 1, %2 ]
  musttail call void @unnamed_blocks(i1 %0)
  ret void
}

define void @"numbers \5Cin quotes"(i32 %"7", i32 %"0x") {
"1":
  %"2" = add i32 %"7", %"0x"
  %"-" = add i32 %"2", 1
  %. = add i32 %"-", 1
  br label %"4"

"4":                                              ; preds = %"1"
  ret void
}

define void @debugged(i32 %x) !dbg !10 {
entry:
    #dbg_value(i32 %x, !13, !DIExpression(), !14)
  %a = alloca i32, align 4
    #dbg_declare(ptr %a, !15, !DIExpression(DW_OP_plus_uconst, 4), !14)
    #dbg_label(!16, !14)
  store i32 %x, ptr %a, align 4, !dbg !14, !DIAssignID !17
    #dbg_assign(i32 %x, !15, !DIExpression(), !17, ptr %a, !DIExpression(), !14)
    #dbg_value(!DIArgList(i32 %x, i32 7), !13, !DIExpression(DW_OP_LLVM_arg, 0, DW_OP_LLVM_arg, 1, DW_OP_plus), !14)
  ret void, !dbg !14
}

attributes #0 = { nounwind "frame-pointer"="all" "odd{}"="} {" }
attributes #1 = { cold noinline optnone memory(read, argmem: none) vscale_range(1,16) uwtable(sync) allockind("alloc,zeroed") allocsize(0) }
attributes #2 = { nomerge }
attributes #3 = { "target-features"="+sve" vscale_range(1,16) }

!named = !{!0, !3}
!llvm.module.flags = !{!18}
!llvm.dbg.cu = !{!11}

!0 = !{i64 0, i64 256}
!1 = !{!"branch_weights", i32 1, i32 2}
!2 = !{}
!3 = !{i32 1}
!4 = !{i64 8}
!5 = !{!"a string with \22quotes\22 = !7"}
!6 = distinct !{!6, !7}
!7 = !{!"llvm.loop.mustprogress"}
!8 = !{!"auto-init"}
!9 = !{!"function_entry_count", i64 7}
!10 = distinct !DISubprogram(name: "debugged", scope: !12, file: !12, line: 3, type: !19, scopeLine: 3, spFlags: DISPFlagDefinition, unit: !11, retainedNodes: !2)
!11 = distinct !DICompileUnit(language: DW_LANG_C11, file: !12, producer: "hand", isOptimized: false, runtimeVersion: 0, emissionKind: FullDebug)
!12 = !DIFile(filename: "a \22b\22.c", directory: "/somewhere")
!13 = !DILocalVariable(name: "x", arg: 1, scope: !10, file: !12, line: 3, type: !20)
!14 = !DILocation(line: 4, column: 7, scope: !10)
!15 = !DILocalVariable(name: "a", scope: !10, file: !12, line: 4, type: !20)
!16 = !DILabel(scope: !10, name: "here", file: !12, line: 4)
!17 = distinct !DIAssignID()
!18 = !{i32 2, !"Debug Info Version", i32 3}
!19 = !DISubroutineType(types: !2)
!20 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
