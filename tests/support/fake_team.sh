# Sourced by tests: makes a fake team in $dir (removed at exit): wellness, math, logistics, and a router that knows them.
dir=$(mktemp -d "${TMPDIR:-/tmp}/arny-cli.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# fake NAME JSON
fake() { printf '#arny-fake 1\n%s\n' "$2" >"$dir/$1.fake"; }

fake wellness '{"say": [{"when": "sad", "say": "That sounds hard."}]}'
fake math '{"say": [{"when": "2x", "say": "x = 5"}]}'
fake logistics '{"say": [{"when": "bus", "say": "Take the bus at 8."}]}'
fake router '{"say": [{"when": "2x", "say": "math"}, {"when": "sad", "say": "wellness"},
                      {"when": "bus", "say": "logistics"}], "default": "none"}'
cat >"$dir/team.json" <<'JSON'
{ "arny": 1, "plan": "hybrid", "engine": "fake", "context": 512, "max_tokens": 64,
  "models": { "wellness": { "fake": "wellness.fake" }, "math": { "fake": "math.fake" },
              "logistics": { "fake": "logistics.fake" }, "router": { "fake": "router.fake" } },
  "gateway": { "model": "router", "mode": "score", "fallback": "wellness", "calibrate": false },
  "agents": { "wellness": { "model": "wellness", "description": "feelings", "prompt": "You are kind." },
              "math": { "model": "math", "description": "numbers", "prompt": "You reckon." },
              "logistics": { "model": "logistics", "description": "routes", "prompt": "You plan." } } }
JSON
