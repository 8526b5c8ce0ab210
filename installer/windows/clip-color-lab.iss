; The installer for Windows: ISCC.exe installer\windows\clip-color-lab.iss
; Packs dist\clip-color-lab, which `python -m installer.build` has made and tested there.

#define Name "CLIP Color Lab"
#define Program "clip-color-lab"
#define Version "0.1.0"
#define Kind "ClipColorLab.Document"

[Setup]
AppId={{6B1B9A5E-6D0C-4E0B-9C39-4C3C5B0E6A51}
AppName={#Name}
AppVersion={#Version}
AppVerName={#Name} {#Version}
DefaultDirName={autopf}\{#Name}
DefaultGroupName={#Name}
DisableProgramGroupPage=yes
; For one user without a password, or for all with one.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename={#Program}_{#Version}_windows
SetupIconFile=..\..\build\installer\extras\icons\app.ico
UninstallDisplayIcon={app}\{#Program}.exe
Compression=lzma2/fast
SolidCompression=yes
ChangesAssociations=yes
CloseApplications=yes
WizardStyle=modern

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; An upgrade leaves no file of the older version behind.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\{#Program}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{autoprograms}\{#Name}"; Filename: "{app}\{#Program}.exe"
Name: "{autodesktop}\{#Name}"; Filename: "{app}\{#Program}.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\.colorlab\OpenWithProgids"; ValueType: string; ValueName: "{#Kind}"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.colorlab"; ValueType: string; ValueName: "Content Type"; ValueData: "application/x-clip-color-lab"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\{#Kind}"; ValueType: string; ValueName: ""; ValueData: "{#Name} document"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\{#Kind}\DefaultIcon"; ValueType: string; ValueName: ""; ValueData: "{app}\{#Program}.exe,0"
Root: HKA; Subkey: "Software\Classes\{#Kind}\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\{#Program}.exe"" ""%1"""

[Run]
Filename: "{app}\{#Program}.exe"; Description: "{cm:LaunchProgram,{#Name}}"; Flags: nowait postinstall skipifsilent
