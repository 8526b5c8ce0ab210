#!/bin/sh
# Makes the disk image for macOS from the app that `python -m installer.build` has made and tested.
# For other people's computers, name a Developer ID: SIGN_WITH="Developer ID Application: …".
set -eu
cd "$(dirname "$0")/../.."

APP="dist/CLIP Color Lab.app"
PYTHON=${PYTHON:-.venv/bin/python}
VERSION=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' core/base/version.py)
IMAGE=dist/clip-color-lab_${VERSION}_$(uname -m).dmg
STAGE=build/installer/dmg

[ "$(uname)" = Darwin ] || { echo "A disk image can only be made on macOS." >&2; exit 1; }
[ -d "$APP" ] || { echo "$APP is missing; run make installer first." >&2; exit 1; }

# The app has its files elsewhere than the folder that was tested, so it has a list of its own.
PYTHONPATH=$PWD $PYTHON -m installer.file_list "$APP/Contents/Frameworks"
codesign --force --deep --sign "${SIGN_WITH:--}" "$APP"
codesign --verify --deep "$APP"
"$APP/Contents/MacOS/clip-color-lab" --self-test --thorough

rm -rf "$STAGE" "$IMAGE"
mkdir -p "$STAGE"
cp -R "$APP" "$STAGE/"
ln -s /Applications "$STAGE/Applications"
hdiutil create -quiet -volname "CLIP Color Lab" -srcfolder "$STAGE" -format ULFO "$IMAGE"
rm -rf "$STAGE"
echo "$IMAGE"
