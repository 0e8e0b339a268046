"""What comparisons with functions say of objects."""

from enzcc.analysis import tested
from enzcc.ir.module import Module


def chain(count: int) -> str:
    """Blocks in which an object, another one and a function of the first are chosen together."""
    lines = [
        "declare void @leaf(ptr)\n",
        "define void @f(i1 %c, ptr %o, ptr %p, ptr %a, ptr %b) {\nentry:",
        "  %v = load ptr, ptr %o\n  %u = load ptr, ptr %a\n  br i1 %c, label %b0, label %x0\n",
    ]
    before, names = "entry", ("%o", "%p", "%v")
    for n in range(count):
        lines.append(f"x{n}:\n  br label %b{n}\n\nb{n}:")
        for name, value, other in zip("opv", names, ("%a", "%b", "%u"), strict=True):
            lines.append(f"  %{name}{n} = phi ptr [ {value}, %{before} ], [ {other}, %x{n} ]")
        if n < count - 1:
            lines.append(f"  br i1 %c, label %b{n + 1}, label %x{n + 1}\n")
        before, names = f"b{n}", (f"%o{n}", f"%p{n}", f"%v{n}")
    lines.append(f"  %is = icmp eq ptr {names[2]}, @leaf\n  br i1 %is, label %then, label %out\n")
    return "\n".join([*lines, "then:\n  br label %out\n\nout:\n  ret void\n}\n"])


def test_a_long_chain_of_choices_is_followed_to_its_end() -> None:
    function = Module.parse(chain(60)).function("f")
    then = function.blocks[-2]
    known = tested.Tested({"f": function}, Module.parse(chain(1)).layout).at(then)
    assert {value.name: tests for value, tests in known.items()} == {
        "o59": {tested.Test(((0,),), "leaf")}
    }
