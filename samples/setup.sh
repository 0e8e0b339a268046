# Sourced by samples/run and tests/run: makes a virtual environment with enzcc in it, once.
#
#   root        the checkout
#   extras      what to install beside it, such as toolchain,test
#   ENZCC_VENV  where, if not in .venv of the checkout
#
# Afterwards the programs of the environment come first on the PATH.

venv=${ENZCC_VENV:-$root/.venv}

say() { printf '%s\n' "$*" >&2; }

find_python() {
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  say "enzcc needs Python 3.11 or later, which is not on the PATH"
  return 1
}

make_environment() {
  rm -rf "$venv"
  "$python" -m venv "$venv" >/dev/null 2>&1 && return
  # Debian keeps half of the module venv in a package of its own.
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing python3-venv"
    apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null
    rm -rf "$venv"
    "$python" -m venv "$venv" && return
  fi
  say "'$python -m venv' fails: on Debian and Ubuntu, 'apt-get install python3-venv' helps"
  return 1
}

python=$(find_python)
wanted="$extras $(cksum <"$root/pyproject.toml")"
if [ "$(cat "$venv/enzcc-extras" 2>/dev/null)" != "$wanted" ]; then
  say "setting up $venv"
  [ -x "$venv/bin/pip" ] || make_environment
  "$venv/bin/pip" install -q --disable-pip-version-check -e "$root[$extras]"
  "$venv/bin/python" -m compileall -q "$root/enzcc" # whatever PYTHONDONTWRITEBYTECODE says
  printf '%s\n' "$wanted" >"$venv/enzcc-extras"
fi
PATH=$venv/bin:$PATH
