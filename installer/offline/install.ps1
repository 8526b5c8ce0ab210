# Installs CLIP Color Lab from this folder on Windows, without a network:
#   powershell -ExecutionPolicy Bypass -File install.ps1 [-To FOLDER] [-NoMenu] [-Remove]
param(
    [string]$To = (Join-Path $env:LOCALAPPDATA "Programs\CLIP Color Lab"),
    [switch]$NoMenu,
    [switch]$Remove
)
$ErrorActionPreference = "Stop"
$Here = $PSScriptRoot
$Mark = Join-Path $To ".clip-color-lab-installation"
$Shortcut = Join-Path ([Environment]::GetFolderPath("Programs")) "CLIP Color Lab.lnk"

function Fail([string]$Message) {
    [Console]::Error.WriteLine($Message)
    exit 1
}

if ($Remove) {
    if (-not (Test-Path -LiteralPath $Mark)) { Fail "There is no installation of CLIP Color Lab in $To." }
    Remove-Item -LiteralPath $To -Recurse -Force
    if (Test-Path -LiteralPath $Shortcut) { Remove-Item -LiteralPath $Shortcut }
    "CLIP Color Lab was removed from $To; your documents, models and preferences stay."
    exit 0
}

$List = Join-Path $Here "SHA256SUMS"
if (-not (Test-Path -LiteralPath $List)) { Fail "This folder is not complete: the list SHA256SUMS is missing." }
"Checking the files of this folder ..."
foreach ($Line in [IO.File]::ReadAllLines($List)) {
    $Wanted = $Line.Substring(0, 64)
    $File = Join-Path $Here ($Line.Substring(66) -replace "/", "\")
    if (-not (Test-Path -LiteralPath $File)) { Fail "$File is missing; copy the folder again." }
    $Found = (Get-FileHash -LiteralPath $File -Algorithm SHA256).Hash
    if ($Found -ne $Wanted) { Fail "$File is damaged; copy the folder again." }
}

$Version = (Get-Content -LiteralPath (Join-Path $Here "python-version")).Trim()
& py "-$Version" -c "import venv, ensurepip"
if ($LASTEXITCODE -ne 0) { Fail "Python $Version is needed, as on the computer that made this folder." }

if ((Test-Path -LiteralPath $To) -and -not (Test-Path -LiteralPath $Mark)) {
    if (Get-ChildItem -LiteralPath $To -Force) { Fail "$To holds something else; choose another folder with -To." }
}
$Old = "$To.old"
if (Test-Path -LiteralPath $Old) { Remove-Item -LiteralPath $Old -Recurse -Force }
if (Test-Path -LiteralPath $To) { Move-Item -LiteralPath $To -Destination $Old }
try {
    "Copying the program to $To ..."
    New-Item -ItemType Directory -Force -Path (Split-Path -Parent $To) | Out-Null
    Copy-Item -LiteralPath (Join-Path $Here "program") -Destination $To -Recurse
    "Installing the packages ..."
    & py "-$Version" -m venv (Join-Path $To ".venv")
    if ($LASTEXITCODE -ne 0) { throw "The environment could not be made." }
    $Python = Join-Path $To ".venv\Scripts\python.exe"
    Get-ChildItem Env:PIP_* | ForEach-Object { Remove-Item -LiteralPath "Env:$($_.Name)" }
    $env:PIP_CONFIG_FILE = "nul"
    & $Python -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir `
        --only-binary :all: --no-index --find-links (Join-Path $Here "wheels") `
        --constraint (Join-Path $To "constraints.txt") --requirement (Join-Path $To "requirements.txt")
    if ($LASTEXITCODE -ne 0) { throw "The packages could not be installed; pip's message is above." }
    Push-Location $To
    try { $Models = & $Python -c "from core.models.catalog import models_dir; print(models_dir())" }
    finally { Pop-Location }
    Get-ChildItem -File -LiteralPath (Join-Path $Here "models") |
        ForEach-Object { Copy-Item -LiteralPath $_.FullName -Destination $Models }
    "Testing what was installed ..."
    & $Python (Join-Path $To "main.py") --self-test
    if ($LASTEXITCODE -ne 0) { throw "The self-test failed; its report is above." }
    New-Item -ItemType File -Path $Mark | Out-Null
} catch {
    if (Test-Path -LiteralPath $To) { Remove-Item -LiteralPath $To -Recurse -Force }
    if (Test-Path -LiteralPath $Old) { Move-Item -LiteralPath $Old -Destination $To }
    Fail $_.Exception.Message
}
if (Test-Path -LiteralPath $Old) { Remove-Item -LiteralPath $Old -Recurse -Force }
if (-not $NoMenu) {
    $Link = (New-Object -ComObject WScript.Shell).CreateShortcut($Shortcut)
    $Link.TargetPath = Join-Path $To ".venv\Scripts\pythonw.exe"
    $Link.Arguments = '"' + (Join-Path $To "main.py") + '"'
    $Link.WorkingDirectory = $To
    $Link.Save()
}
"CLIP Color Lab is installed. Start it from the start menu."
