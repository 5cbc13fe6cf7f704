<?php
/*
 * Plugin Name: wirepress test: fields
 * Description: Post types, custom fields and stand-ins for SEO plug-ins, each as the real ones register them. For test sites only.
 *
 * Types: movie (all that posts have, and a taxonomy), note (no content, no revisions), leaflet (not for batches).
 * Custom fields: wirepress_views (integer), wirepress_paid (boolean), wirepress_names (list), wirepress_source (text), of posts and
 * movies; wirepress_locked may be written by nobody, wirepress_short takes one of two words, wirepress_code capitals only;
 * wirepress_vague is refused without a name; wirepress_hidden isn't open to REST.
 * Posts with "a second apart" in their titles are changed each time a second later than the time before.
 * SEO: POST {"plugin": "yoast" | "yoast-old" | "rankmath" | "aioseo" | "seopress" | ""} to /wp-json/wirepress-test/v1/seo.
 * What was told to search engines stands in the rows' own meta, and GET /wp-json/wirepress-test/v1/rows?type=movie shows a type's rows.
 */

add_action('init', function () {
    $all = ['title', 'editor', 'excerpt', 'author', 'thumbnail', 'custom-fields', 'revisions', 'comments', 'post-formats'];
    register_taxonomy('studio', 'movie', ['label' => 'Studios', 'hierarchical' => true, 'show_in_rest' => true, 'rest_base' => 'studios']);
    register_post_type('movie', ['label' => 'Movies', 'public' => true, 'show_in_rest' => true, 'rest_base' => 'movies', 'supports' => $all, 'taxonomies' => ['post_tag']]);
    register_post_type('note', ['label' => 'Notes', 'public' => true, 'show_in_rest' => true, 'rest_base' => 'notes', 'supports' => ['title', 'excerpt']]);
    register_post_type('leaflet', ['label' => 'Leaflets', 'public' => true, 'show_in_rest' => true, 'rest_base' => 'leaflets', 'supports' => $all,
        'rest_controller_class' => 'Wirepress_Test_Leaflets']);
    foreach (['post', 'movie'] as $type) {
        foreach (['views' => 'integer', 'paid' => 'boolean', 'source' => 'string'] as $name => $kind) {
            register_post_meta($type, "wirepress_$name", ['type' => $kind, 'single' => true, 'show_in_rest' => true]);
        }
        register_post_meta($type, 'wirepress_names', ['type' => 'array', 'single' => true,
            'show_in_rest' => ['schema' => ['type' => 'array', 'items' => ['type' => 'string']]]]);
        register_post_meta($type, 'wirepress_short', ['type' => 'string', 'single' => true,
            'show_in_rest' => ['schema' => ['type' => 'string', 'enum' => ['', 'yes', 'no']]]]);
        register_post_meta($type, 'wirepress_locked', ['type' => 'string', 'single' => true, 'show_in_rest' => true, 'auth_callback' => '__return_false']);
        register_post_meta($type, 'wirepress_code', ['type' => 'string', 'single' => true,
            'show_in_rest' => ['schema' => ['type' => 'string', 'pattern' => '^[A-Z]*$']]]);
        register_post_meta($type, 'wirepress_vague', ['type' => 'string', 'single' => true, 'show_in_rest' => true]);
        add_filter("rest_pre_insert_$type", fn($post, $request) => isset($request['meta']['wirepress_vague'])
            ? new WP_Error('wirepress_test_no', 'This cannot be.', ['status' => 400]) : $post, 10, 2);
        register_post_meta($type, 'wirepress_hidden', ['type' => 'string', 'single' => true]);
    }
    $seo = get_option('wirepress_test_seo', '');
    $may = fn() => current_user_can('edit_posts');
    $meta = fn($key, $kind = 'string') => register_post_meta('post', $key, ['type' => $kind, 'single' => true, 'auth_callback' => $may,
        'show_in_rest' => $kind === 'array' ? ['schema' => ['type' => 'array', 'items' => ['type' => 'string']]] : true]);
    if ($seo === 'yoast') {
        array_map($meta, ['_yoast_wpseo_title', '_yoast_wpseo_metadesc', '_yoast_wpseo_canonical', '_yoast_wpseo_meta-robots-noindex', '_yoast_wpseo_meta-robots-nofollow', '_yoast_wpseo_meta-robots-adv']);
    } elseif ($seo === 'yoast-old') {
        array_map($meta, ['_yoast_wpseo_title', '_yoast_wpseo_metadesc']); // no canonical, no robots
    }
});

add_filter('wp_insert_post_data', function ($data, $given) {
    $before = empty($given['ID']) || !str_contains($data['post_title'], 'a second apart') ? null : get_post($given['ID']);
    if ($before) {
        $data['post_modified_gmt'] = gmdate('Y-m-d H:i:s', strtotime($before->post_modified_gmt . ' UTC') + 1);
        $data['post_modified'] = get_date_from_gmt($data['post_modified_gmt']);
    }
    return $data;
}, 10, 2);

add_action('rest_api_init', function () {
    $seo = get_option('wirepress_test_seo', '');
    $may = fn() => current_user_can('edit_posts');
    $save = function (int $id, array $fields): void {
        foreach ($fields as $key => $value) {
            update_post_meta($id, $key, $value);
        }
    };
    register_rest_route('wirepress-test/v1', '/seo', ['methods' => 'POST', 'permission_callback' => '__return_true',
        'callback' => fn($request) => ['done' => update_option('wirepress_test_seo', (string) $request['plugin'])]]);
    register_rest_route('wirepress-test/v1', '/rows', ['methods' => 'GET', 'permission_callback' => '__return_true', 'callback' => function ($request) {
        $rows = wirepress_test_rows((string) $request['type'], $request);
        foreach ($rows as &$row) {
            $post = get_post($row['id']);
            $row += ['password' => $post->post_password, 'comment_status' => $post->comment_status, 'ping_status' => $post->ping_status,
                'format' => get_post_format($post) ?: 'standard', 'sticky' => is_sticky($post->ID), 'template' => get_page_template_slug($post) ?: ''];
        }
        return $rows;
    }]);
    if (in_array($seo, ['yoast', 'yoast-old'], true)) {
        register_rest_route('yoast/v1', '/statistics', ['methods' => 'GET', 'permission_callback' => $may, 'callback' => fn() => []]);
    } elseif ($seo === 'aioseo') {
        register_rest_field('post', 'aioseo_meta_data', [
            'get_callback' => fn($post) => get_post_meta($post['id'], 'aioseo', true) ?: ['title' => '', 'canonical_url' => ''],
            'update_callback' => fn($value, $post) => update_post_meta($post->ID, 'aioseo', $value) !== null,
            'schema' => ['type' => 'object', 'context' => ['view', 'edit']]]);
    } elseif ($seo === 'rankmath') {
        register_rest_route('rankmath/v1', '/updateMeta', ['methods' => 'POST', 'permission_callback' => $may, 'callback' => function ($request) use ($save) {
            $save((int) $request['objectID'], (array) $request['meta']);
            return ['slug' => true, 'schemas' => []];
        }]);
    } elseif ($seo === 'seopress') {
        $id = '/posts/(?P<id>\d+)';
        register_rest_route('seopress/v1', "$id/title-description-metas", ['methods' => 'PUT', 'permission_callback' => $may, 'callback' => function ($request) use ($save) {
            $save((int) $request['id'], array_filter(['_seopress_titles_title' => $request['title'], '_seopress_titles_desc' => $request['description']]));
            return ['code' => 'success'];
        }]);
        register_rest_route('seopress/v1', "$id/meta-robot-settings", ['methods' => 'PUT', 'permission_callback' => $may, 'callback' => function ($request) use ($save) {
            $save((int) $request['id'], array_filter($request->get_json_params(), fn($key) => str_starts_with($key, '_seopress_robots_'), ARRAY_FILTER_USE_KEY));
            return ['code' => 'success'];
        }]);
        register_rest_route('seopress/v1', $id, ['methods' => 'GET', 'permission_callback' => '__return_true', 'callback' => function ($request) {
            $told = fn($key) => get_post_meta((int) $request['id'], $key, true);
            $robots = [];
            foreach (['noindex' => 'index', 'nofollow' => 'follow', 'noarchive' => 'archive', 'nosnippet' => 'snippet', 'noimageindex' => 'imageindex'] as $name => $key) {
                $robots[$name] = $told("_seopress_robots_$key") === 'yes';
            }
            return ['title' => $told('_seopress_titles_title'), 'description' => $told('_seopress_titles_desc'), 'canonical' => $told('_seopress_robots_canonical'), 'robots' => $robots];
        }]);
    }
}, 9);

if (!class_exists('Wirepress_Test_Leaflets') && file_exists(ABSPATH . 'wp-includes/rest-api/endpoints/class-wp-rest-posts-controller.php')) {
    add_action('plugins_loaded', function () {
        /** As plug-ins write their own: it allows no batches. */
        class Wirepress_Test_Leaflets extends WP_REST_Posts_Controller {
            protected $allow_batch = [];
        }
    });
}
