<?php

declare(strict_types=1);

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

error_reporting(E_ALL);
Comserv\Tests\Rig::start();
