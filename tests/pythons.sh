#!/bin/sh
# Installs the wheel in dist/ under every other CPython at hand and runs the smoke test there (FULL=1: all tests).
# Interpreters: python3.11 and newer on PATH, and those of pyenv. Usage: pythons.sh FOLDER, which holds the environments.
set -eu
folder=$1
ours=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
wheel=$(ls dist/*.whl)
tried="$ours"
describe='import sys, sysconfig
cpython = sys.implementation.name == "cpython" and sys.version_info >= (3, 11)
free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print("%d.%d" % sys.version_info[:2] if cpython and not free else "no")'

for python in python3.11 python3.12 python3.13 python3.14 python3.15 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python; do
    version=$("$python" -c "$describe" 2>/dev/null) || continue # not there, or a shim that leads nowhere
    case " $tried no " in *" $version "*) continue ;; esac
    tried="$tried $version"
    venv=$folder/$version
    if [ ! "$venv/ready${FULL:-}" -nt tests/requirements.txt ]; then
        rm -rf "$venv"
        "$python" -m venv "$venv" || { echo "Python $version: no venv module, skipped"; rm -rf "$venv"; continue; }
        if [ -n "${FULL:-}" ]; then
            "$venv/bin/python" -m pip --disable-pip-version-check --quiet install -r tests/requirements.txt
        else
            "$venv/bin/python" -m pip --disable-pip-version-check --quiet install -c tests/requirements.txt numpy pytest
        fi
        touch "$venv/ready${FULL:-}"
    fi
    "$venv/bin/python" -m pip --disable-pip-version-check --quiet install --force-reinstall --no-deps "$wheel"
    echo "Python $version:"
    if [ -n "${FULL:-}" ]; then
        "$venv/bin/pytest" -q tests
    else
        "$venv/bin/pytest" -q --noconftest tests/test_smoke.py
    fi
done
[ "$tried" != "$ours" ] || echo "no other CPython (3.11 or newer) at hand: the wheel was tested under $ours only"
