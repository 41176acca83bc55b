# Help and wrong calls: help is data and goes to stdout, complaints go to stderr.
. "$2/lib.sh"

for command in serve check score predict health config version; do
    run 0 "$command" --help
    has out "Examples"
    has out "roost $command"
    empty err
    cp out first
    run 0 help "$command"
    cmp -s out first || fail "help differs from --help"
    run 0 "$command" -h
    run 2 "$command" --no-such-option
    has err "roost $command: there is no option --no-such-option"
    has err "roost $command --help"
    empty out
    run 2 "$command" -X
    has err "there is no option -X"
    run 0 --help
    has out "  $command"
done

run 2
has err "Examples"
empty out
run 2 serv
has err 'did you mean `roost serve`?'
run 2 banana
has err "roost --help"
run 2 help banana
run 2 serve --modles x
has err "did you mean --models?"
run 2 serve --models
has err "--models needs a value"
run 2 check --json=yes
has err "--json takes no value"
run 2 serve extra
has err '"extra" is not expected here'

run 0 version
is out "roost 0.1.0"
run 0 --version
is out "roost 0.1.0"
run 0 version --json
is out '{"name": "roost", "version": "0.1.0"}'
done_testing
