<?php
/**
 * What other programs that fill a site from feeds leave with their posts. The keys of three of them are shown over REST, as a site's owner
 * may have it done; FeedWordPress gives posts the addresses of their entries; Feedzy's key stays hidden.
 */

add_action('init', function () {
    foreach (['wpe_sourcepermalink', 'wprss_item_permalink', '_wpra_url', '_wpra_guid', 'syndication_permalink'] as $key) {
        register_post_meta('post', $key, ['type' => 'string', 'single' => true, 'show_in_rest' => true,
            'auth_callback' => fn() => current_user_can('edit_posts')]);
    }
});

add_filter('post_link', fn($link, $post) => get_post_meta($post->ID, 'syndication_permalink', true) ?: $link, 10, 2);
