"""The others' sign-in forms, as npm has them: installed by a lock, and made into a page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import environments
from benchmarks.environments import NotInstalled

HERE: Final = Path(__file__).parent
PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in</title>
<link rel="icon" href="data:,">
<div id="form"></div>
{scripts}
"""
# Set when all scripts have run; what they draw after it waits for a service that is not here.
DONE: Final = "performance.mark('executed')\n"
ESBUILD: Final = (
    *("entry.mjs", "--bundle", "--minify", "--format=esm", "--log-level=error"),
    *("--define:global=globalThis", '--define:process.env.NODE_ENV="production"'),
)
BUILD_LIMIT: Final = 120.0
SIGN_IN: Final = re.compile(r"\bSignIn:\(\)=>Promise\.all\(\[([^\]]+)\]\)")
CHUNK: Final = re.compile(r'\b(\d+):"([\w-]+)"')


@dataclass(frozen=True)
class Bundle:
    """`package` is the one whose version is told; `counted` says what stands for a sign-in form."""

    name: str
    title: str
    package: str
    counted: str
    scripts: Callable[[Path, Path], list[str]]

    def page(self, folder: Path) -> str:
        """Makes a page of it in the folder, and returns its version. Raises NotInstalled."""
        installed = environments.node(HERE / self.name)
        scripts = self.scripts(installed / "node_modules", folder)
        (folder / "done.js").write_text(DONE)
        tags = [f'<script src="{script}" defer></script>' for script in scripts[:-1]]
        tags += [f'<script src="{script}" type="module"></script>' for script in scripts[-1:]]
        tags += ['<script src="done.js" type="module"></script>']
        (folder / "index.html").write_text(PAGE.format(scripts="\n".join(tags)))
        described = installed / "node_modules" / self.package / "package.json"
        return str(json.loads(described.read_text())["version"])


def built(modules: Path, folder: Path) -> list[str]:
    """What esbuild makes of the entry that stands beside the lock."""
    command = [str(modules / ".bin" / "esbuild"), *ESBUILD, f"--outfile={folder / 'entry.js'}"]
    try:
        subprocess.run(
            command,
            cwd=modules.parent,
            check=True,
            capture_output=True,
            text=True,
            timeout=BUILD_LIMIT,
        )
    except (OSError, subprocess.SubprocessError) as failure:
        told = (getattr(failure, "stderr", "") or str(failure)).strip().splitlines()
        raise NotInstalled(f"esbuild: {told[0]}") from None
    return ["entry.js"]


def published(modules: Path, folder: Path) -> list[str]:
    """Clerk's own files for browsers: its client, its UI, and the chunks that SignIn asks for."""
    client, ui = (modules / "@clerk" / name / "dist" for name in ("clerk-js", "ui"))
    entry = (ui / "ui.browser.js").read_text()
    asked = SIGN_IN.search(entry)
    hashed = re.search(r'"_ui_"\+\w+\.h\(\)\.slice\(0,6\)\+"([^"]+)".*?"([0-9a-f]{16})"', entry)
    if not asked or not hashed:
        raise NotInstalled("ui.browser.js no longer says which chunks SignIn needs")
    names = dict(CHUNK.findall(entry))
    numbers = re.findall(r"\.e\((\d+)\)", asked[1])
    ending = f"_ui_{hashed[2][:6]}{hashed[1]}"
    chunks = [f"{names.get(number, number)}{ending}" for number in numbers]
    files = [client / "clerk.browser.js", ui / "ui.browser.js", *(ui / name for name in chunks)]
    for file in files:
        shutil.copy(file, folder)
    return [file.name for file in files]


BUNDLES: Final = (
    Bundle(
        "clerk",
        "Clerk",
        "@clerk/clerk-js",
        "`clerk.browser.js` of `@clerk/clerk-js`, `ui.browser.js` of `@clerk/ui`, and the chunks "
        "that this names for `SignIn`, as published",
        published,
    ),
    Bundle(
        "supabase",
        "Supabase Auth UI",
        "@supabase/auth-ui-react",
        "`@supabase/supabase-js`, `auth-ui-react` and React 18 in one file by esbuild, minified",
        built,
    ),
    Bundle(
        "hanko",
        "Hanko elements",
        "@teamhanko/hanko-elements",
        "`elements.js` with English alone, in one file by esbuild",
        built,
    ),
    Bundle(
        "auth0",
        "Auth0 Lock",
        "auth0-lock",
        "`auth0-lock` with its React in one file by esbuild, minified",
        built,
    ),
)
