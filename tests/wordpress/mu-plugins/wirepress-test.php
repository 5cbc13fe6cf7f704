<?php
/*
 * Plugin Name: wirepress test
 * Description: Faults on demand, and WordPress' own tables as JSON. For test sites only: it asks nobody who he is.
 *
 * Faults: wp-content/wirepress-test.json (its path is "faults" in the site's JSON file), or POST it to
 * /wp-json/wirepress-test/v1/faults. The first fault that fits a request is what happens to it:
 *
 *   {"faults": [{"method": "POST", "path": "^/wp-json/batch/v1", "body": "regex", "user": "author",
 *                "after": 1, "times": 1, "fault": "exit-after-insert=3"}]}
 *
 * Every key but "fault" may be left out. "path" is a regular expression on path and query as sent, "body" on the raw
 * body; "after" lets that many fitting requests pass first; "times" is how often it happens (0 or left out: always).
 * "seen" and "done" are counted in the file itself. One request may also ask by a header: X-Wirepress-Test: slow=3.
 * Requests to /wirepress-test/v1 never meet a fault.
 *
 * Nothing done:   exit-empty (200, no body)  html (200, a page)  die (500)  status=503 or status=503,7 (Retry-After: 7)
 *                 maintenance (WordPress' own 503)  rest-off (a plugin's 401)  no-route=REGEX (404)
 * Other settings: no-app-passwords  no-auth-header (stripped on the way)  plain-permalinks
 * Work done, answer spoilt: warning-first  bom  html-after  exit-after  status-after=500
 * In the middle, after the Nth post, attachment or term made by this request (default 1); of the last post there is
 * only its row, terms and featured image would have come after it:
 *                 die-after-insert=N (500)  exit-after-insert=N (200, no body)
 * Time:           slow=S (then as usual)  slow-insert=S (after each thing made)  slow-after=S (done, answer late)
 */

if (($_GET['wirepress-test'] ?? '') === 'docroot') {
    exit(rtrim(ABSPATH, '/'));
}

/** The fault that this request meets, as [name, value], or null. Counts it. */
function wirepress_test_fault(): ?array {
    $uri = $_SERVER['REQUEST_URI'] ?? '';
    if (str_contains($uri, 'wirepress-test') || PHP_SAPI === 'cli') {
        return null;
    }
    $asked = $_SERVER['HTTP_X_WIREPRESS_TEST'] ?? null;
    $file = @fopen(WP_CONTENT_DIR . '/wirepress-test.json', 'r+');
    if ($asked === null && $file) {
        flock($file, LOCK_EX); // four workers count in it
        $all = json_decode(stream_get_contents($file), true) ?: [];
        foreach ($all['faults'] ?? [] as $i => $f) {
            if (isset($f['method']) && $f['method'] !== $_SERVER['REQUEST_METHOD']
                || isset($f['path']) && !preg_match("\x01{$f['path']}\x01", $uri)
                || isset($f['user']) && $f['user'] !== ($_SERVER['PHP_AUTH_USER'] ?? null)
                || isset($f['body']) && !preg_match("\x01{$f['body']}\x01", file_get_contents('php://input'))) {
                continue;
            }
            $seen = $all['faults'][$i]['seen'] = ($f['seen'] ?? 0) + 1;
            if ($seen > ($f['after'] ?? 0) && (empty($f['times']) || ($f['done'] ?? 0) < $f['times'])) {
                $all['faults'][$i]['done'] = ($f['done'] ?? 0) + 1;
                $asked = $f['fault'];
                break;
            }
        }
        ftruncate($file, 0);
        rewind($file);
        fwrite($file, json_encode($all, JSON_UNESCAPED_SLASHES));
        fclose($file);
    }
    return $asked === null ? null : explode('=', $asked, 2) + [1 => ''];
}

/** Answers with that status and ends the request. */
function wirepress_test_answer(int $status, string $type, string $body): never {
    while (ob_get_level()) {
        ob_end_clean();
    }
    wirepress_test_head($status, $type);
    exit($body);
}

/** Replaces status and type, where WordPress may have said others (its status line is stronger than http_response_code). */
function wirepress_test_head(int $status, string $type): void {
    header_remove('Location');
    header("HTTP/1.1 $status Test", true, $status);
    header("Content-Type: $type");
}

/** Lets the request do its work, and gives its answer to $change instead of the client. */
function wirepress_test_spoil(callable $change): void {
    ob_start(fn($answer, $phase) => $phase & PHP_OUTPUT_HANDLER_FINAL ? $change($answer) : $answer);
}

/** Calls $then when the request has made its Nth post, attachment or term; with $each after every one. */
function wirepress_test_on_insert(int $nth, callable $then, bool $each = false): void {
    $made = 0;
    $count = function () use (&$made, $nth, $then, $each) {
        if (++$made === $nth || $each) {
            $then();
        }
    };
    add_action('save_post_post', fn($id, $post, $update) => $update ? null : $count(), 9, 3);
    add_action('add_attachment', $count, 9, 0);
    add_action('created_term', $count, 9, 0);
}

// one line of JSON for each request that the site met, in the file named "log" in the site's JSON
if (PHP_SAPI !== 'cli' && !str_contains($_SERVER['REQUEST_URI'] ?? '', 'wirepress-test')) {
    register_shutdown_function(function () {
        $line = ['method' => $_SERVER['HTTP_X_HTTP_METHOD_OVERRIDE'] ?? $_SERVER['REQUEST_METHOD'], 'path' => $_SERVER['REQUEST_URI'], 'user' => $_SERVER['PHP_AUTH_USER'] ?? null,
            'status' => http_response_code(), 'ms' => (int) round(1000 * (microtime(true) - $_SERVER['REQUEST_TIME_FLOAT']))];
        file_put_contents(WP_CONTENT_DIR . '/wirepress-test.log', json_encode($line, JSON_UNESCAPED_SLASHES) . "\n", FILE_APPEND | LOCK_EX);
    });
}

add_filter('pre_wp_mail', '__return_true'); // no mail leaves a test site

(function () {
    [$fault, $value] = wirepress_test_fault() ?? [null, ''];
    $page = "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>\n";
    switch ($fault) {
        case null: return;
        case 'exit-empty': wirepress_test_answer(200, 'text/html', '');
        case 'html': wirepress_test_answer(200, 'text/html; charset=UTF-8', $page);
        case 'die': throw new Error('wirepress-test: die');
        case 'status':
            [$status, $wait] = explode(',', $value) + [1 => null];
            if ($wait !== null) header("Retry-After: $wait");
            wirepress_test_answer((int) $status, 'text/html; charset=UTF-8', "<h1>$status</h1>\n");
        case 'maintenance':
            add_action('init', function () {
                header('Retry-After: 600');
                wp_die('Briefly unavailable for scheduled maintenance. Check back in a minute.', 'Maintenance', 503);
            }, 0);
            return;
        case 'rest-off':
            add_filter('rest_authentication_errors', fn() => new WP_Error('rest_disabled', 'The REST API is disabled on this site.', ['status' => 401]), 999);
            return;
        case 'no-route':
            add_filter('rest_endpoints', fn($routes) => array_filter($routes, fn($route) => !preg_match("\x01$value\x01", $route), ARRAY_FILTER_USE_KEY), 999);
            return;
        case 'no-app-passwords': add_filter('wp_is_application_passwords_available', '__return_false'); return;
        case 'no-auth-header': unset($_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW'], $_SERVER['HTTP_AUTHORIZATION']); return;
        case 'plain-permalinks':
            add_filter('pre_option_permalink_structure', '__return_empty_string');
            add_filter('pre_option_rewrite_rules', '__return_empty_string');
            add_filter('pre_update_option_rewrite_rules', fn($new, $old) => $old, 10, 2); // the real rules stay
            return;
        case 'warning-first': ob_start(); echo "<br />\n<b>Warning</b>:  Undefined variable \$x in <b>/srv/plugin.php</b> on line <b>7</b><br />\n"; return;
        case 'bom': ob_start(); echo "\xEF\xBB\xBF"; return;
        case 'html-after': wirepress_test_spoil(function () use ($page) { wirepress_test_head(200, 'text/html; charset=UTF-8'); return $page; }); return;
        case 'exit-after': wirepress_test_spoil(function () { wirepress_test_head(200, 'text/html'); return ''; }); return;
        case 'status-after': wirepress_test_spoil(function () use ($value) { wirepress_test_head((int) $value, 'text/html'); return "<h1>$value</h1>\n"; }); return;
        case 'die-after-insert': wirepress_test_on_insert((int) $value ?: 1, fn() => throw new Error('wirepress-test: die-after-insert')); return;
        case 'exit-after-insert': wirepress_test_on_insert((int) $value ?: 1, fn() => wirepress_test_answer(200, 'text/html', '')); return;
        case 'slow': usleep((int) ((float) $value * 1e6)); return;
        case 'slow-insert': wirepress_test_on_insert(1, fn() => usleep((int) ((float) $value * 1e6)), true); return;
        case 'slow-after': wirepress_test_spoil(function ($answer) use ($value) { usleep((int) ((float) $value * 1e6)); return $answer; }); return;
        default: wirepress_test_answer(500, 'text/plain', "wirepress-test: no fault is called '$fault'\n");
    }
})();

/** Taxonomies beside the stock ones: one with an order, and one that isn't for posts. */
add_action('init', function () {
    register_taxonomy('genre', 'post', ['label' => 'Genres', 'hierarchical' => true, 'show_in_rest' => true, 'rest_base' => 'wirepress-genres']);
    register_taxonomy('shelf', 'page', ['label' => 'Shelves', 'show_in_rest' => true, 'rest_base' => 'wirepress-shelves']);
});

/** Deletes every post, page, attachment, revision, comment and term but the default category, the faults and the log. */
function wirepress_test_reset(): array {
    global $wpdb;
    $keep = (int) get_option('default_category');
    $wpdb->query("DELETE FROM $wpdb->posts WHERE post_type IN ('post', 'page', 'attachment', 'revision')");
    $wpdb->query("DELETE FROM $wpdb->postmeta WHERE post_id NOT IN (SELECT ID FROM $wpdb->posts)");
    $wpdb->query("DELETE FROM $wpdb->term_relationships WHERE object_id NOT IN (SELECT ID FROM $wpdb->posts)");
    foreach ([$wpdb->comments, $wpdb->commentmeta, $wpdb->termmeta] as $table) {
        $wpdb->query("DELETE FROM $table");
    }
    $wpdb->query("DELETE FROM $wpdb->term_taxonomy WHERE taxonomy IN ('category', 'post_tag') AND term_id <> $keep");
    $wpdb->query("DELETE FROM $wpdb->terms WHERE term_id NOT IN (SELECT term_id FROM $wpdb->term_taxonomy)");
    $wpdb->query("UPDATE $wpdb->term_taxonomy SET count = 0");
    $wpdb->query("UPDATE $wpdb->terms SET name = 'Uncategorized', slug = 'uncategorized' WHERE term_id = $keep");
    foreach (['category_children', 'post_tag_children', 'sticky_posts'] as $option) {
        delete_option($option);
    }
    wp_cache_flush();
    $uploads = wp_upload_dir(null, false)['basedir'];
    if (is_dir($uploads)) {
        $inside = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($uploads, FilesystemIterator::SKIP_DOTS), RecursiveIteratorIterator::CHILD_FIRST);
        foreach ($inside as $file) {
            $file->isDir() ? @rmdir($file) : @unlink($file);
        }
    }
    @unlink(WP_CONTENT_DIR . '/wirepress-test.json');
    @unlink(WP_CONTENT_DIR . '/wirepress-test.log');
    return wirepress_test_counts();
}

/** How many rows of each kind there are, e.g. {"posts":30,"pages":0,"attachments":30,"revisions":30,"status":{"draft":30},"terms":{"category":1,"post_tag":4}}. */
function wirepress_test_counts(): array {
    global $wpdb;
    $types = ['post' => 0, 'page' => 0, 'attachment' => 0, 'revision' => 0];
    $status = $terms = [];
    foreach ($wpdb->get_results("SELECT post_type, post_status, COUNT(*) AS n FROM $wpdb->posts GROUP BY post_type, post_status") as $row) {
        if (isset($types[$row->post_type])) $types[$row->post_type] += (int) $row->n;
        if ($row->post_type === 'post') $status[$row->post_status] = (int) $row->n;
    }
    foreach ($wpdb->get_results("SELECT taxonomy, COUNT(*) AS n FROM $wpdb->term_taxonomy WHERE taxonomy IN ('category', 'post_tag') GROUP BY taxonomy") as $row) {
        $terms[$row->taxonomy] = (int) $row->n;
    }
    return ['posts' => $types['post'], 'pages' => $types['page'], 'attachments' => $types['attachment'], 'revisions' => $types['revision'],
        'status' => (object) $status, 'terms' => $terms + ['category' => 0, 'post_tag' => 0]];
}

/** Every row of a post type in any status, oldest first, with its terms' names and its meta. */
function wirepress_test_rows(string $type, ?WP_REST_Request $request = null): array {
    global $wpdb;
    // ?titled=PREFIX asks only for those: a test shares the site with thousands of rows of others
    $titled = $wpdb->esc_like((string) ($request['titled'] ?? '')) . '%';
    $ours = $wpdb->prepare("(SELECT ID FROM $wpdb->posts WHERE post_type = %s AND post_title LIKE %s)", $type, $titled);
    $terms = $meta = [];
    foreach ($wpdb->get_results("SELECT r.object_id, x.taxonomy, t.name FROM $wpdb->term_relationships r
            JOIN $wpdb->term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id JOIN $wpdb->terms t ON t.term_id = x.term_id
            WHERE r.object_id IN $ours ORDER BY t.name") as $row) {
        $terms[$row->object_id][$row->taxonomy][] = html_entity_decode($row->name, ENT_QUOTES);
    }
    foreach ($wpdb->get_results("SELECT post_id, meta_key, meta_value FROM $wpdb->postmeta WHERE post_id IN $ours") as $row) {
        $meta[$row->post_id][$row->meta_key] = $row->meta_value;
    }
    $out = [];
    foreach ($wpdb->get_results("SELECT p.*, u.user_login FROM $wpdb->posts p LEFT JOIN $wpdb->users u ON u.ID = p.post_author
            WHERE p.ID IN $ours ORDER BY p.ID") as $p) {
        $m = $meta[$p->ID] ?? [];
        $out[] = ['id' => (int) $p->ID, 'slug' => $p->post_name, 'status' => $p->post_status, 'title' => $p->post_title,
            'content' => $p->post_content, 'excerpt' => $p->post_excerpt, 'author' => $p->user_login, 'author_id' => (int) $p->post_author,
            'date' => $p->post_date, 'date_gmt' => $p->post_date_gmt, 'modified_gmt' => $p->post_modified_gmt, 'parent' => (int) $p->post_parent]
            + ($type === 'attachment'
                ? ['mime' => $p->post_mime_type, 'file' => $m['_wp_attached_file'] ?? null, 'alt' => $m['_wp_attachment_image_alt'] ?? '', 'url' => wp_get_attachment_url($p->ID)]
                : ['featured_media' => (int) ($m['_thumbnail_id'] ?? 0)])
            + ['terms' => (object) ($terms[$p->ID] ?? []), 'meta' => (object) $m];
    }
    return $out;
}

/** Every category and tag, oldest first, names as a person reads them. */
function wirepress_test_terms(): array {
    global $wpdb;
    return array_map(fn($t) => ['id' => (int) $t->term_id, 'taxonomy' => $t->taxonomy, 'name' => html_entity_decode($t->name, ENT_QUOTES), 'slug' => $t->slug, 'parent' => (int) $t->parent],
        $wpdb->get_results("SELECT t.term_id, t.name, t.slug, x.taxonomy, x.parent FROM $wpdb->terms t JOIN $wpdb->term_taxonomy x ON x.term_id = t.term_id
            WHERE x.taxonomy IN ('category', 'post_tag', 'genre') ORDER BY t.term_id"));
}

/** The faults file as it stands, counted; or what replaces it. */
function wirepress_test_faults(WP_REST_Request $request): array {
    $path = WP_CONTENT_DIR . '/wirepress-test.json';
    if ($request->get_method() === 'POST') {
        file_put_contents($path, $request->get_body(), LOCK_EX);
    }
    return json_decode(@file_get_contents($path) ?: '', true) ?: ['faults' => []];
}

/** A post's content as WordPress' own parser reads it: the names of its blocks, depth first, and whether writing them back gives the same. */
function wirepress_test_blocks(WP_REST_Request $request): array {
    $blocks = parse_blocks($request->get_body());
    $names = function (array $blocks) use (&$names): array {
        return array_merge(...array_map(fn($b) => array_merge(
            $b['blockName'] === null && trim($b['innerHTML']) === '' ? [] : [$b['blockName']], $names($b['innerBlocks'])), $blocks), ...[[]]);
    };
    return ['names' => $names($blocks), 'same' => serialize_blocks($blocks) === $request->get_body()];
}

add_action('rest_api_init', function () {
    $routes = [
        'counts' => ['GET', fn() => wirepress_test_counts()],
        'posts' => ['GET', fn($request) => wirepress_test_rows('post', $request)],
        'pages' => ['GET', fn($request) => wirepress_test_rows('page', $request)],
        'attachments' => ['GET', fn($request) => wirepress_test_rows('attachment', $request)],
        'revisions' => ['GET', fn($request) => wirepress_test_rows('revision', $request)],
        'terms' => ['GET', fn() => wirepress_test_terms()],
        'blocks' => ['POST', 'wirepress_test_blocks'],
        'reset' => ['POST', fn() => wirepress_test_reset()],
        'faults' => ['GET, POST', 'wirepress_test_faults'],
    ];
    foreach ($routes as $name => [$methods, $answer]) {
        register_rest_route('wirepress-test/v1', "/$name", ['methods' => $methods, 'callback' => $answer, 'permission_callback' => '__return_true']);
    }
});
