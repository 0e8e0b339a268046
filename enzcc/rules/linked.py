"""Functions of the C++ libraries that put nodes of lists and trees in another order: declared only.

They move pointers and nothing else. Shadow memory has the shape of its primal, so what they do to
nodes they do to the shadows of these nodes, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, final

from enzcc.patterns import pattern


@final
@dataclass(frozen=True)
class Linker:
    """A function that moves the pointers of linked nodes.

    nodes    the arguments that point to nodes; a result that is a pointer is one, too
    links    which words of a node are pointers to nodes
    reads    it changes nothing
    head     the argument that points to the head, which lies in the container itself
    adds     one of the nodes is new: before the call nothing lies in its links
    inner    the arguments that surely point to nodes, and not to the head of a list
    """

    nodes: tuple[int, ...]
    links: tuple[int, ...]
    reads: bool = False
    head: int | None = None
    adds: bool = False
    inner: tuple[int, ...] = ()

    @property
    def is_coloured(self) -> bool:
        """Is the first word of a node no link, but the colour by which trees are balanced?"""
        return 0 not in self.links


_LIST: Final = (0, 1)
_TREE: Final = (1, 2, 3)

HEAD_WORDS: Final = 1 + max(_TREE)  # of a tree of GNU's library; behind it nodes are counted

# fmt: off
_LISTS: Final[Mapping[str, Linker]] = MappingProxyType({
    "_M_hookEPS":        Linker((0, 1), _LIST, adds=True, inner=(0,)),
    "_M_unhookEv":       Linker((0,), _LIST, inner=(0,)),
    "_M_reverseEv":      Linker((0,), _LIST),
    "_M_transferEPS":    Linker((0, 1, 2), _LIST, inner=(1,)),
    "swapERS":           Linker((0, 1), _LIST),
})
"""Members of std::__detail::_List_node_base, as their names go on behind the length."""

_TREES: Final[Mapping[str, Linker]] = MappingProxyType({
    "_ZSt18_Rb_tree_incrementPSt18_Rb_tree_node_base":    Linker((0,), _TREE, reads=True),
    "_ZSt18_Rb_tree_incrementPKSt18_Rb_tree_node_base":   Linker((0,), _TREE, reads=True),
    "_ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base":    Linker((0,), _TREE, reads=True),
    "_ZSt18_Rb_tree_decrementPKSt18_Rb_tree_node_base":   Linker((0,), _TREE, reads=True),
    "_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_":
        Linker((1, 2, 3), _TREE, head=3, adds=True),
    "_ZSt28_Rb_tree_rebalance_for_erasePSt18_Rb_tree_node_baseRS_":
        Linker((0, 1), _TREE, head=1),
})
# fmt: on

_IN_LIST: Final = pattern(r"_ZNSt(?:8__detail|9__cxx1998)?15_List_node_base\d+(\D+)\w*")

_FLOATS_OF_THE_LIBRARY: Final = pattern(
    r"_ZTSNSt8__detail20_Prime_rehash_policyE|_ZTSNSt3__112__hash_tableI.*"
)

_COUNTS: Final = pattern(
    r"_ZTS(?:NSt7__cxx1110_List_baseI.*|NSt8__detail17_List_node_headerE|St15_Rb_tree_header"
    r"|NSt3__1(?:10__list_imp|6__tree)I.*)"
)

_LIST_HEADS: Final = pattern(
    r"_ZTS(?:NSt(?:7__cxx1110|9__cxx199810)_List_baseI.*|NSt8__detail17_List_node_headerE"
    r"|NSt3__110__list_impI.*)"
)

_LIST_NODES: Final = pattern(r"p1 _ZTSNSt(?:8__detail15_List_node_baseE|3__116__list_node_baseI.*)")

_HASH_NODES: Final = pattern(
    r"p[12] _ZTSNSt(?:8__detail15_Hash_node_baseE|3__116__hash_node_baseI.*)"
)


@cache
def linker(name: str) -> Linker | None:
    """What is known of a function that links nodes, None if it is none of these."""
    found = _TREES.get(name)
    if found is None and (member := _IN_LIST.fullmatch(name)) is not None:
        return _LISTS.get(member[1])
    return found


def is_of_the_library(type_name: str) -> bool:
    """Are floats that are members of the type the library's own (such as the largest load of a hash
    table), which carry no derivative? The name is that in type-based alias metadata."""
    return _FLOATS_OF_THE_LIBRARY.fullmatch(type_name) is not None


def counts_nodes(type_name: str) -> bool:
    """Are integers that are members of the type the numbers of nodes of a list or tree? They lie
    where the nodes, to which the head is linked as if it were one, have elements."""
    return _COUNTS.fullmatch(type_name) is not None


_OF_TREES: Final = pattern(
    r"_ZNK?(?:St8_Rb_tree|St(?:7__cxx11|9__cxx1998)?(?:3map|3set|8multimap|8multiset))I.*"
)

_STATIC: Final = pattern(r"E\d+_S_[a-z_]+E")

_HEADS: Final = pattern(r"p1 _ZTSNSt3__115__tree_end_nodeI.*")


def leads_to_a_head(type_name: str | None) -> bool:
    """Do pointers of this type, as in type-based alias metadata, lead to nodes of a tree of LLVM's
    library, or to the head, which has the first word in common with nodes?"""
    return type_name is not None and _HEADS.fullmatch(type_name) is not None


def is_a_head(type_name: str) -> bool:
    """Is the struct, as in type-based alias metadata, the head of a tree and the count of nodes?"""
    return type_name == "_ZTSSt15_Rb_tree_header"


def is_a_list(type_name: str) -> bool:
    """Is the struct, as in type-based alias metadata, the head of a list and the count of nodes, or
    a list?"""
    return _LIST_HEADS.fullmatch(type_name) is not None


def leads_to_a_list(type_name: str | None) -> bool:
    """Do pointers of this type, as in type-based alias metadata, lead to nodes of a list, or to the
    head, which has the links in common with nodes?"""
    return type_name is not None and _LIST_NODES.fullmatch(type_name) is not None


def takes_heads(name: str) -> bool:
    """Is it a function that is handed heads of trees as such, with what counts the nodes?"""
    return "St15_Rb_tree_header" in name


def is_of_a_tree(name: str) -> bool:
    """Is it a member function, and no static one, of a container that is a tree?"""
    return _OF_TREES.match(name) is not None and _STATIC.search(name) is None


def leads_to_a_part(type_name: str | None) -> bool:
    """Do pointers of this type, as in type-based alias metadata, lead to what a node of a hash
    table and the table itself have in common, the link to the next node, or to buckets, of which
    there is one in the table itself? All else around these has nothing in common."""
    return type_name is not None and _HASH_NODES.fullmatch(type_name) is not None
