# Copies folders to another disk.
using namespace System.IO

$Script:Limit = 10

enum BackupMode {
    Full
    Delta
}

# One copy.
class Backup {
    [string] $Source

    Backup([string] $source) {
        $this.Source = $source
        $this.Check()
    }

    [bool] Check() {
        $exists = Test-Path $this.Source
        return $exists
    }
}

<#
.SYNOPSIS
Copies a folder.
#>
function Copy-Folder {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Source,
        [string] $Target = 'D:\backup'
    )
    Copy-Item -Recurse $Source $Target
    Write-Host "copied $Source"
}

# Lists the copies.
filter Get-Backups([string] $Path) {
    Get-ChildItem $Path |
        Sort-Object LastWriteTime |
        Select-Object -First $Script:Limit
}

Export-ModuleMember -Function Copy-Folder, Get-Backups
