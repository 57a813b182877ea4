"""Look for known vulnerabilities in the packages that are installed; fails where there are some.

Mirrors of PyPI often lack the list of vulnerabilities. What could not be looked up is counted, and is no failure.
"""

import json
import subprocess
import sys

COMMAND = [sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off", "--format", "json"]
SECONDS = 300


def main() -> int:
    """Print one line for each vulnerability and one for all, and return the exit code."""
    try:
        run = subprocess.run(COMMAND, capture_output=True, text=True, timeout=SECONDS, check=False)
        packages = json.loads(run.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
        print(f"audit: the list of vulnerabilities cannot be reached ({type(error).__name__}); nothing was looked up")
        return 0
    looked_up = [package for package in packages if "vulns" in package]
    found = [(package, each) for package in looked_up for each in package["vulns"]]
    for package, each in found:
        fixed = ", ".join(each["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {each['id']}, fixed in {fixed}")
    rest = len(packages) - len(looked_up)
    told = f"; {rest} packages are not in the list that this machine reaches" if rest else ""
    print(f"audit: {len(found)} known vulnerabilities in {len(looked_up)} packages{told}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
