# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2046
# What the two parts of scripts/deploy-test share: the count of what held, a WordPress, a feed, waiting.
. tests/services.sh

passed=0 failed=0

heading() { printf '\n== %s\n' "$*"; }
saw() { printf '     %s\n' "$*"; }

# held WORDS COMMAND…: the command's success is what WORDS claim; its output is shown when it isn't. $ms: how long it took.
held() {
  local words=$1 output start=$EPOCHREALTIME status=0; shift
  output=$("$@" 2>&1) || status=$?
  ms=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
  if [[ $status = 0 ]]; then passed=$((passed + 1)); printf 'ok   %s\n' "$words"
  else failed=$((failed + 1)); printf 'FAIL %s\n' "$words"; [[ -z $output ]] || printf '%s\n' "$output" | tail -n 20 | sed 's/^/     | /'; fi
}

equal() { [[ $1 = "$2" ]] || { echo "is $1, not $2"; return 1; }; }
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }' || { echo "$1 is more than $2"; return 1; }; }
lacks() { ! grep -qF -- "$1" "$2" || { echo "found in $2"; return 1; }; }
# fails CODE COMMAND…: ends with this exit code.
fails() { local code=$1 got=0; shift; "$@" || got=$?; equal "$got" "$code"; }
# within SECONDS COMMAND…: succeeds at last.
within() {
  local until=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do [[ $SECONDS -lt $until ]] || { "$@"; return; }; sleep .2; done
}
# a_wordpress NAME: an empty one; sets $wordpress (its address) and $password (an editor's application password).
a_wordpress() {
  local json
  json=$(tests/wordpress/up 6.8 fresh --dir "$dir/wordpress" --name "$1" 2>/dev/null)
  wordpress=$(field "$json" '$j["url"]') password=$(field "$json" '$j["users"]["editor"]["app_password"]')
  wordpresses+=("$1")
}
field() { php -r '$j = json_decode(file_get_contents($argv[1]), true); echo '"$2"';' "$1"; }
wordpresses=()

posts() { curl -fsS "$wordpress/wp-json/wirepress-test/v1/counts" | sed 's/^{"posts":\([0-9]*\).*/\1/'; }
posts_are() { equal "$(posts)" "$1"; }

# a_feed NAME: serves $feeds/*.xml on loopback; sets $feed_host.
a_feed() {
  feeds=$dir/feeds-$1; mkdir -p "$feeds"
  feed_host=http://127.0.0.1:$(a_port)
  in_background "$feeds/log" php -S "${feed_host#http://}" -t "$feeds" >"$feeds/pid"
  entries news 3
  within 10 curl -fsS -o /dev/null "$feed_host/news.xml"
}

# entries NAME COUNT: the feed of that name has so many, the newest first.
entries() {
  local i
  { echo "<?xml version='1.0'?><rss version='2.0'><channel><title>The $1</title><link>https://$1.example/</link><description>-</description>"
    for ((i = $2; i > 0; i--)); do
      echo "<item><title>$1 number $i</title><link>https://$1.example/$i</link><guid>https://$1.example/$i</guid><pubDate>$(date -Ru -d "-$((90 - i)) minutes")</pubDate>"
      echo "<description>What happened to number $i of the $1 is told here in a few plain words. It has a second sentence, too.</description></item>"
    done
    echo "</channel></rss>"; } >"$feeds/.$1"
  mv "$feeds/.$1" "$feeds/$1.xml"
}

# a_configuration FEED…: on standard output; each feed is asked every 5 seconds.
a_configuration() {
  printf '[[site]]\nname = "blog"\nurl = "%s"\nuser = "editor"\npassword = { credential = "wirepress_blog" }\nsettle = "3s"\n\n' "$wordpress"
  printf '[defaults]\nevery = "5s"\ninsist = true\nbackfill = 50\n'
  printf '\n[[feed]]\nname = "%s"\nurl = "'"$feed_host"'/%s.xml"\n' $(for name in "$@"; do echo "$name" "$name"; done)
}

end() {
  local name
  for part in "${parts[@]}"; do ! declare -F "end_$part" >/dev/null || "end_$part" || true; done
  for name in "$dir"/feeds-*/pid; do [[ ! -e $name ]] || stop "$name" "$dir/feeds-"; done
  for name in "${wordpresses[@]}"; do tests/wordpress/up 6.8 down --dir "$dir/wordpress" --name "$name" >/dev/null 2>&1 || true; done
}
