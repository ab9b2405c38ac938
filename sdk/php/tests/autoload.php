<?php

declare(strict_types=1);

// Finds the classes of the package, and those of its tests, as Composer would.
// Where no package brings it.
if (!interface_exists(\Psr\SimpleCache\CacheInterface::class)) {
    require __DIR__ . '/psr/CacheInterface.php';
}

spl_autoload_register(static function (string $class): void {
    foreach (['Comserv\\Tests\\' => __DIR__, 'Comserv\\' => dirname(__DIR__) . '/src'] as $prefix => $folder) {
        if (str_starts_with($class, $prefix)) {
            $path = $folder . '/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
            if (is_file($path)) {
                require $path;
            }
            return;
        }
    }
});
