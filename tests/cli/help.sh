#!/bin/sh
# Help, version, and what is said about a wrong command line.
. "$(dirname "$0")/check"

expect 0 "$ARNY" --help
out_has 'Usage'
out_has '^  generate '
err_empty
expect 0 "$ARNY" --version
out_has '^arny [0-9]'
out_has '^engines: .*fake'
for command in generate ask chat route inspect estimate quantize merge session bench demo; do
    expect 0 "$ARNY" $command --help
    for part in "^arny $command - " '^Usage' "^  arny $command" '^Options' '^Example' '^Exit codes' '^  64 '; do
        out_has "$part"
    done
    err_empty
    [ "$(awk 'length($0) > 112' out | wc -l)" -eq 0 ] || complain "a line is too long for a terminal"
    expect 0 "$ARNY" help $command
    out_has "^arny $command - "
    expect 64 "$ARNY" $command --no-such-option
    err_has "there is no option --no-such-option"
    err_lines 1
    out_empty
done

expect 64 "$ARNY"
err_has '^arny: a command expected'
expect 64 "$ARNY" genrate
err_has 'did you mean "generate"'
err_lines 1
expect 64 "$ARNY" xyzzy
err_has 'there is no command "xyzzy"'
expect 64 "$ARNY" --bogus
err_has 'no option --bogus'
expect 64 "$ARNY" generate --promt x
err_has 'did you mean --prompt'

# Values
model m.fake '{ "default": "Yes." }'
expect 64 "$ARNY" generate --model
err_has '^arny: generate: --model needs a value: FILE'
expect 64 "$ARNY" generate --model --json x
err_has '--model needs a value'
expect 64 "$ARNY" generate --json=yes --model m.fake x
err_has '--json takes no value'
bad() { # WHAT-IT-SAYS OPTION VALUE
    expect 64 "$ARNY" generate --model m.fake "$2" "$3" x
    err_has "$1"
    err_lines 1
    out_empty
}
bad 'a number from 0 to 10 expected' --temperature hot
bad 'a number from 0 to 10 expected' --temperature 11
bad 'a number from 0 to 10 expected' --temperature nan
bad 'a number above 0, to 1 expected' --top-p 0
bad 'a number from 0 to 1 expected' --min-p -0.1
bad 'a whole number from 0 to 1048576' --top-k 1.5
bad 'a whole number from 16 to 1048576' --ctx 0
bad 'a whole number from 16 to 1048576' --ctx -1
bad 'a whole number from 16 to 1048576' --ctx 99999999999999999999
bad 'a whole number from 1 to 8192' --batch 0
bad 'a whole number from 1 to 256' --threads 257
bad 'a whole number from 1 to' -n 0
bad 'a whole number from 1 to' -n 1k
bad 'a whole number from 0' --seed -1
bad 'no chat template "nonsense"' --chat nonsense
expect 64 "$ARNY" ask --budget lots hello
err_has 'a size such as 400MB'
expect 64 "$ARNY" ask --budget -5MB hello
expect 69 "$ARNY" generate --model m.fake --engine nonsense x

# Words
expect 64 "$ARNY" generate x
err_has '--model FILE expected'
expect 64 "$ARNY" generate --model m.fake
err_has 'a prompt expected'
expect 64 "$ARNY" generate --model m.fake --prompt a b
err_has 'more than one prompt'
expect 64 "$ARNY" generate --model m.fake a b
err_has 'quote a text that has spaces'
expect 64 "$ARNY" ask hello
err_has '--team DIR expected'
expect 64 "$ARNY" ask
err_has 'one TEXT'
expect 64 "$ARNY" inspect
expect 64 "$ARNY" quantize a
expect 64 "$ARNY" quantize a b
err_has '--type'
expect 64 "$ARNY" estimate --team x y
finish
