<?php
// Installs the WordPress of $DOCROOT without a browser, empty, with five users; prints the site's description as JSON.
// Run it again on an installed site: users stay, each gets a new application password.
$root = getenv('DOCROOT');
$url = getenv('URL');
$_SERVER = ['HTTP_HOST' => parse_url($url, PHP_URL_HOST) . ':' . parse_url($url, PHP_URL_PORT), 'REQUEST_URI' => '/',
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1', 'REQUEST_METHOD' => 'GET'] + $_SERVER;
define('WP_INSTALLING', true);
// WordPress takes these two when they are defined before its own: no mail, please
function wp_new_blog_notification() {}
function wp_mail() { return true; }
require "$root/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_http_request', fn() => new WP_Error('off', 'no requests during the installation'), 1);

if (!is_blog_installed()) {
    wp_install('Test', 'admin', 'admin@example.test', true, '', 'adminpass');
    $GLOBALS['wp_rewrite']->set_permalink_structure('/%postname%/');
    $GLOBALS['wp_rewrite']->flush_rules(false);
    update_option('timezone_string', 'America/New_York'); // not UTC, so that a mistaken zone shows
    wirepress_test_reset();
}
$roles = ['admin' => 'administrator', 'editor' => 'editor', 'author' => 'author', 'contributor' => 'contributor', 'subscriber' => 'subscriber'];
$users = [];
foreach ($roles as $login => $role) {
    $user = get_user_by('login', $login);
    $id = $user ? $user->ID : wp_insert_user(['user_login' => $login, 'user_pass' => "{$login}pass", 'user_email' => "$login@example.test", 'role' => $role]);
    WP_Application_Passwords::delete_all_application_passwords($id); // each one costs every login a hash
    [$plain] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'wirepress-test-' . uniqid()]);
    $users[$login] = ['id' => $id, 'role' => $role, 'password' => "{$login}pass", 'app_password' => $plain];
}
echo json_encode(['url' => $url, 'version' => $GLOBALS['wp_version'], 'docroot' => $root, 'faults' => WP_CONTENT_DIR . '/wirepress-test.json',
    'log' => WP_CONTENT_DIR . '/wirepress-test.log', 'users' => $users], JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES), "\n";
