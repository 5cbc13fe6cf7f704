<?php
// The demo's little publishers, for `php -S`: three feeds, the pages that they link to, and pictures drawn on the spot.
// Feeds carry ETags and answer 304; their dates are counted back from $DEMO_EPOCH, so that they are always news.

$path = rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$feeds = ['harbour' => ['harbour.rss', 'feed.rss', 'application/rss+xml'], 'workbench' => ['workbench.atom', 'feed.atom', 'application/atom+xml'],
    'nightsky' => ['nightsky.json', 'feed.json', 'application/feed+json']];

if ($path === '/') {
    page('Feeds of the wirepress demo', '<ul>' . implode('', array_map(fn($name) => "<li><a href=\"/$name/\">" . h(feed($name)['title']) . "</a>
        (<a href=\"/$name/{$GLOBALS['feeds'][$name][1]}\">feed</a>)", array_keys($feeds))) . '</ul>');
}
if (preg_match('~^/pictures/([a-z]+)\.jpg$~', $path, $found)) {
    require __DIR__ . '/pictures.php';
    $jpeg = picture($found[1]) ?? missing();
    answer('image/jpeg', $jpeg);
}
if (preg_match('~^/([a-z]+)/(.*)$~', $path, $found) && isset($feeds[$found[1]])) {
    [, $name, $rest] = $found;
    [$file, $as, $type] = $feeds[$name];
    if ($rest === $as) answer("$type; charset=utf-8", document($file));
    $feed = feed($name);
    if ($rest === '') {
        page($feed['title'], '<ul>' . implode('', array_map(fn($entry) => "<li><a href=\"/$name/{$entry['slug']}\">" . h($entry['title']) . '</a>', $feed['entries'])) . '</ul>');
    }
    foreach ($feed['entries'] as $entry) {
        if ($entry['slug'] === $rest) page($entry['title'], $entry['html'], "<p><a href=\"/$name/\">" . h($feed['title']) . '</a></p>');
    }
}
missing();

/** The feed's file with its address and its dates filled in: `{{base}}`, and `{{-26h}}` for 26 hours before the demo began. */
function document(string $file): string {
    $text = str_replace('{{base}}', 'http://' . $_SERVER['HTTP_HOST'], file_get_contents(__DIR__ . "/$file"));
    return preg_replace_callback('~\{\{-(\d+)([mhd])\}\}~', function ($found) use ($file) {
        $at = (int) (getenv('DEMO_EPOCH') ?: time()) - $found[1] * ['m' => 60, 'h' => 3600, 'd' => 86400][$found[2]];
        return gmdate(str_ends_with($file, '.rss') ? 'D, d M Y H:i:s \G\M\T' : 'Y-m-d\TH:i:s\Z', $at);
    }, $text);
}

/** What the pages need of a feed: its title, and slug, title and HTML of each entry. */
function feed(string $name): array {
    $text = document($GLOBALS['feeds'][$name][0]);
    if ($name === 'nightsky') {
        $json = json_decode($text, true);
        $entries = array_map(fn($item) => entry($item['url'], $item['title'], "<img src=\"{$item['image']}\" alt=\"\">" . $item['content_html']), $json['items']);
        return ['title' => $json['title'], 'entries' => $entries];
    }
    $xml = simplexml_load_string($text);
    $entries = [];
    foreach ($xml->channel->item ?? [] as $item) {
        $full = (string) $item->children('http://purl.org/rss/1.0/modules/content/')->encoded;
        $entries[] = entry((string) $item->link, (string) $item->title, $full ?: (string) $item->description);
    }
    foreach ($xml->entry ?? [] as $item) $entries[] = entry((string) $item->link['href'], (string) $item->title, (string) $item->content);
    return ['title' => (string) ($xml->channel->title ?? $xml->title), 'entries' => $entries];
}

function entry(string $url, string $title, string $html): array {
    return ['slug' => basename(parse_url($url, PHP_URL_PATH)), 'title' => $title, 'html' => $html];
}

function page(string $title, string $html, string $above = ''): never {
    $title = h($title);
    answer('text/html; charset=utf-8', "<!DOCTYPE html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\"><title>$title</title>
<style>body{font:1.1rem/1.6 Georgia,serif;max-width:42rem;margin:3rem auto;padding:0 1rem}img{max-width:100%;height:auto}pre{overflow:auto;background:#f3f1ec;padding:1rem}td,th{padding:.2rem 1rem;text-align:left}</style>
$above<h1>$title</h1>$html</html>");
}

function answer(string $type, string $body): never {
    $etag = '"' . substr(sha1($body), 0, 20) . '"';
    header("ETag: $etag");
    if (($_SERVER['HTTP_IF_NONE_MATCH'] ?? '') === $etag) {
        http_response_code(304);
        exit;
    }
    header("Content-Type: $type");
    header('Content-Length: ' . strlen($body));
    exit($_SERVER['REQUEST_METHOD'] === 'HEAD' ? '' : $body);
}

function missing(): never {
    http_response_code(404);
    header('Content-Type: text/plain');
    exit("not here\n");
}

function h(string $text): string {
    return htmlspecialchars($text, ENT_QUOTES);
}
