<?php

declare(strict_types=1);

// Finds the classes of the package, and those of its tests, as Composer would.
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
