<?php
// The pictures of the demo's feeds: small scenes of gradients and shapes, drawn at twice their size and scaled down.

const W = 2400;
const H = 1350;

/** A JPEG of 1200 by 675 pixels, or null when there is no such scene. The same bytes each time. */
function picture(string $name): ?string {
    $scenes = ['lighthouse', 'ferry', 'market', 'circuit', 'rack', 'meteors', 'moon', 'observatory'];
    if (!in_array($name, $scenes, true)) return null;
    mt_srand(crc32($name));
    $image = imagecreatetruecolor(W, H);
    $name($image);
    $small = imagecreatetruecolor(W / 2, H / 2);
    imagecopyresampled($small, $image, 0, 0, 0, 0, W / 2, H / 2, W, H);
    ob_start();
    imagejpeg($small, null, 84);
    return ob_get_clean();
}

function lighthouse($image): void {
    sky($image, 'f7b267', '3d2b56', 0, 900);
    for ($i = 0; $i < 5; $i++) polygon($image, 'fff3c4', [1610, 330, 0, 120 - $i * 22, 0, 420 + $i * 22], 112);
    sky($image, '5a3d6b', '1b1530', 900, H);
    for ($i = 0; $i < 160; $i++) wave($image, mt_rand(0, W), mt_rand(920, H), mt_rand(40, 220), 'f7b267');
    polygon($image, '1a1226', [1300, H, 1420, 980, 1560, 920, 1760, 930, 1930, 1010, 2400, 1090, 2400, H]);
    polygon($image, 'f4ece1', [1540, 940, 1575, 400, 1685, 400, 1720, 940]);
    foreach ([[480, 590], [690, 800]] as [$top, $foot]) {
        $at = fn($y) => 35 * (940 - $y) / 540;
        polygon($image, 'b23a48', [1540 + $at($foot), $foot, 1540 + $at($top), $top, 1720 - $at($top), $top, 1720 - $at($foot), $foot]);
    }
    polygon($image, '2b2137', [1550, 402, 1550, 380, 1710, 380, 1710, 402]);
    polygon($image, 'ffe9a8', [1585, 380, 1585, 290, 1675, 290, 1675, 380]);
    polygon($image, '2b2137', [1565, 290, 1630, 215, 1695, 290]);
    disc($image, 1630, 335, 46, 'ffffff');
}

function ferry($image): void {
    sky($image, 'fbe3c0', '7fb2c9', 0, 800);
    disc($image, 560, 640, 150, 'fff6df');
    hills($image, 800, 120, '6d93a6');
    sky($image, '3f7f93', '163f52', 800, H);
    for ($i = 0; $i < 220; $i++) wave($image, mt_rand(0, W), mt_rand(820, H), mt_rand(40, 200), 'cfe6ea');
    polygon($image, 'f7f4ee', [900, 780, 900, 640, 1880, 640, 1960, 780]);
    polygon($image, 'f7f4ee', [1060, 640, 1060, 540, 1600, 540, 1660, 640]);
    polygon($image, 'd1495b', [1180, 540, 1200, 400, 1330, 400, 1310, 540]);
    polygon($image, '1f3b4d', [760, 780, 2080, 780, 1960, 960, 880, 960]);
    polygon($image, 'd1495b', [792, 836, 2044, 836, 2030, 860, 806, 860]);
    for ($x = 950; $x < 1840; $x += 96) polygon($image, '2f6f88', [$x, 690, $x + 54, 690, $x + 54, 740, $x, 740]);
    for ($x = 1100; $x < 1560; $x += 96) polygon($image, '2f6f88', [$x, 570, $x + 54, 570, $x + 54, 612, $x, 612]);
    for ($i = 0; $i < 9; $i++) disc($image, 1220 - $i * 70, 360 - $i * 26, 44 + $i * 12, 'ffffff', 90 + $i * 3);
}

function market($image): void {
    sky($image, 'dfe6e9', '9fb1bd', 0, H);
    for ($x = 0; $x < W; $x += 400) {
        polygon($image, ['c8b6a6', 'b9a897', 'd3c4b5'][$x / 400 % 3], [$x, 700, $x, 180 + $x % 300, $x + 200, 60 + $x % 300, $x + 400, 180 + $x % 300, $x + 400, 700]);
        for ($i = 0; $i < 6; $i++) polygon($image, $i % 4 ? '5d6d7e' : 'ffe9a8', [$x + 70 + $i % 3 * 100, 330 + intdiv($i, 3) * 150, $x + 130 + $i % 3 * 100, 330 + intdiv($i, 3) * 150,
            $x + 130 + $i % 3 * 100, 420 + intdiv($i, 3) * 150, $x + 70 + $i % 3 * 100, 420 + intdiv($i, 3) * 150]);
    }
    polygon($image, '7d6b5d', [0, 1130, W, 1130, W, H, 0, H]);
    foreach ([['d1495b', 60], ['2a9d8f', 840], ['e9a03b', 1620]] as [$colour, $left]) {
        polygon($image, '6b4f3a', [$left + 40, 1150, $left + 40, 960, $left + 680, 960, $left + 680, 1150]);
        for ($i = 0; $i < 26; $i++) disc($image, $left + 80 + $i % 13 * 47, 945 - intdiv($i, 13) * 34, 30, ['8ab17d', 'e76f51', 'f4a261', 'c1121f', 'a7c957'][mt_rand(0, 4)]);
        for ($i = 0; $i < 8; $i++) {
            $x = $left + $i * 90;
            polygon($image, $i % 2 ? 'fbf7ef' : $colour, [$x + 40 - $i * 5, 640, $x + 125 - $i * 5, 640, $x + 90, 800, $x, 800]);
            disc($image, $x + 45, 800, 45, $i % 2 ? 'fbf7ef' : $colour);
        }
    }
}

function circuit($image): void {
    sky($image, '0b5d4b', '063a33', 0, H);
    imagesetthickness($image, 10);
    for ($i = 0; $i < 46; $i++) {
        $x = mt_rand(0, 40) * 60; $y = mt_rand(0, 22) * 60;
        $gold = colour($image, ['d9a441', 'c48f2c', 'eac06a'][$i % 3]);
        for ($leg = 0; $leg < 4; $leg++) {
            $dx = [300, 180, 0, -240][mt_rand(0, 3)]; $dy = $leg % 2 ? 0 : [180, -180, 240][mt_rand(0, 2)];
            imageline($image, $x, $y, $x + $dx, $y + $dy, $gold);
            $x += $dx; $y += $dy;
        }
        disc($image, $x, $y, 26, 'eac06a');
        disc($image, $x, $y, 12, '063a33');
    }
    foreach ([[500, 380, 460], [1440, 620, 520]] as [$left, $top, $size]) {
        for ($i = 40; $i < $size - 20; $i += 52) {
            foreach ([[-36, $i, 36, 24], [$size, $i, 36, 24], [$i, -36, 24, 36], [$i, $size, 24, 36]] as [$x, $y, $w, $h]) {
                polygon($image, 'cfd3d6', [$left + $x, $top + $y, $left + $x + $w, $top + $y, $left + $x + $w, $top + $y + $h, $left + $x, $top + $y + $h]);
            }
        }
        polygon($image, '1c1f22', [$left, $top, $left + $size, $top, $left + $size, $top + $size, $left, $top + $size]);
        polygon($image, '2a2e33', [$left + 40, $top + 40, $left + $size - 40, $top + 40, $left + $size - 40, $top + $size - 40, $left + 40, $top + $size - 40]);
        disc($image, $left + 84, $top + 84, 22, '55595e');
    }
}

function rack($image): void {
    sky($image, '111827', '1f2a44', 0, H);
    for ($column = 0; $column < 3; $column++) {
        $left = 90 + $column * 760;
        polygon($image, '0b0f19', [$left, 60, $left + 690, 60, $left + 690, H, $left, H]);
        for ($y = 100; $y < H; $y += 84) {
            polygon($image, '26304a', [$left + 30, $y, $left + 660, $y, $left + 660, $y + 64, $left + 30, $y + 64]);
            for ($i = 0; $i < 18; $i++) polygon($image, '161d30', [$left + 230 + $i * 23, $y + 14, $left + 242 + $i * 23, $y + 14, $left + 242 + $i * 23, $y + 50, $left + 230 + $i * 23, $y + 50]);
            for ($i = 0; $i < 5; $i++) {
                $light = ['34d399', '34d399', '60a5fa', 'fbbf24', '1f2a44'][mt_rand(0, 4)];
                disc($image, $left + 66 + $i * 32, $y + 32, 26, $light, 104);
                disc($image, $left + 66 + $i * 32, $y + 32, 11, $light);
            }
        }
    }
}

function meteors($image): void {
    sky($image, '070b1f', '24305e', 0, H);
    stars($image, 900);
    foreach ([[1500, 140, 620], [700, 260, 430], [1900, 520, 360], [1100, 560, 280], [300, 90, 250]] as [$x, $y, $length]) {
        for ($i = 0; $i < $length; $i += 2) disc($image, $x - $i, $y + $i * 0.55, max(1.5, 9 * (1 - $i / $length) ** 2), 'ffffff', (int) (20 + 100 * $i / $length));
        disc($image, $x, $y, 14, 'ffffff', 30);
    }
    hills($image, 1180, 150, '0a0e1c');
    hills($image, 1270, 90, '050710');
}

function moon($image): void {
    sky($image, 'd98e6c', '14204a', 0, H);
    stars($image, 220, 700);
    disc($image, 1500, 520, 290, '29375c');
    for ($y = -290; $y <= 290; $y++) {
        $edge = sqrt(290 ** 2 - $y ** 2);
        imageline($image, (int) (1500 + $edge * 0.62), 520 + $y, (int) (1500 + $edge), 520 + $y, colour($image, 'fbf3d9'));
    }
    disc($image, 980, 610, 34, 'f6dfae');
    imagesetthickness($image, 9);
    imageellipse($image, 980, 610, 150, 34, colour($image, 'e7c98f'));
    hills($image, 1170, 130, '1a1428');
    hills($image, 1260, 80, '100c1a');
}

function observatory($image): void {
    sky($image, '0a1030', '4a3f6b', 0, H);
    stars($image, 700);
    for ($i = 0; $i < 1400; $i++) {
        $along = mt_rand(0, W);
        disc($image, $along, 880 - $along * 0.3 + (mt_rand(-100, 100) + mt_rand(-100, 100)), mt_rand(1, 4), 'd9d4ff', mt_rand(60, 120));
    }
    hills($image, 1130, 110, '151028');
    polygon($image, '2b2440', [980, 1180, 980, 860, 1480, 860, 1480, 1180]);
    for ($y = 0; $y < 250; $y++) imageline($image, (int) (1230 - sqrt(250 ** 2 - $y ** 2)), 860 - $y, (int) (1230 + sqrt(250 ** 2 - $y ** 2)), 860 - $y, colour($image, 'cfc9e6'));
    polygon($image, '1a1430', [1270, 860, 1290, 640, 1390, 670, 1400, 860]);
    polygon($image, '8d86b0', [1300, 800, 1420, 520, 1470, 545, 1360, 820]);
    polygon($image, 'ffd98a', [1050, 1180, 1050, 1010, 1140, 1010, 1140, 1180]);
    hills($image, 1290, 60, '0a0716');
}

// --- the pen

function colour($image, string $hex, int $alpha = 0): int {
    [$r, $g, $b] = array_map('hexdec', str_split($hex, 2));
    return imagecolorallocatealpha($image, $r, $g, $b, min(127, $alpha));
}

/** A gradient from one colour at the foot to another at the top. */
function sky($image, string $below, string $above, int $top, int $foot): void {
    [$low, $high] = [array_map('hexdec', str_split($below, 2)), array_map('hexdec', str_split($above, 2))];
    for ($y = $top; $y < $foot; $y++) {
        $part = ($y - $top) / ($foot - $top);
        $mixed = array_map(fn($from, $to) => (int) round($from + ($to - $from) * $part), $high, $low);
        imageline($image, 0, $y, W, $y, imagecolorallocate($image, ...$mixed));
    }
}

function polygon($image, string $hex, array $points, int $alpha = 0): void {
    imagefilledpolygon($image, array_map('intval', $points), colour($image, $hex, $alpha));
}

function disc($image, float $x, float $y, float $radius, string $hex, int $alpha = 0): void {
    imagefilledellipse($image, (int) $x, (int) $y, (int) ceil(2 * $radius), (int) ceil(2 * $radius), colour($image, $hex, $alpha));
}

function wave($image, int $x, int $y, int $length, string $hex): void {
    imagesetthickness($image, 4);
    imageline($image, $x, $y, $x + $length, $y, colour($image, $hex, 96));
}

function hills($image, int $base, int $height, string $hex): void {
    $points = [0, H];
    $phase = mt_rand(0, 600) / 100;
    for ($x = 0; $x <= W; $x += 20) array_push($points, $x, $base + sin($x / 310 + $phase) * $height * 0.5 + sin($x / 127 + 2 * $phase) * $height * 0.2);
    array_push($points, W, H);
    polygon($image, $hex, $points);
}

function stars($image, int $count, int $down = H): void {
    for ($i = 0; $i < $count; $i++) disc($image, mt_rand(0, W), mt_rand(0, $down), mt_rand(2, 6) / 2, 'ffffff', mt_rand(0, 95));
}
