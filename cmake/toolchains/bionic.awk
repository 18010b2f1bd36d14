# The symbols that a .map.txt of Android's platform/bionic gives to apps on arm64 by API level `api`, as assembly.
function fits(tags,   level) {
    if (tags ~ /platform-only|apex|llndk|systemapi/) return 0
    if (tags ~ /(^| )(arm|x86|x86_64|riscv64)( |$)/ && tags !~ /(^| )arm64( |$)/) return 0
    level = 0
    if (match(tags, /introduced=[0-9]+/)) level = substr(tags, RSTART + 11, RLENGTH - 11)
    if (match(tags, /introduced-arm64=[0-9]+/)) level = substr(tags, RSTART + 17, RLENGTH - 17)
    return level + 0 <= api
}
{ tags = ""; if (match($0, /#.*/)) { tags = substr($0, RSTART + 1); sub(/#.*/, "") } }
/\{/ { open = fits(tags) && $1 !~ /PRIVATE|PLATFORM|DEPRECATED/; global = 0 }
/global:/ { global = 1 }
/local:/ { global = 0 }
open && global && /^ +[A-Za-z_][A-Za-z0-9_]*;/ && fits(tags) {
    sub(/;.*/, "")
    print ".globl " $1 "\n.type " $1 ",%function\n" $1 ":"
}
