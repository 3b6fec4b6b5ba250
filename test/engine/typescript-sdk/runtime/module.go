package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"typescript-sdk/internal/dagger"
)

// defaultTypeScript is the version for which the SDK mounts its own TypeScript, which is a newer one.
const defaultTypeScript = "5.9.3"

// module is what the SDK needs to know of a module's source.
type module struct {
	name, subpath         string
	source                *dagger.Directory
	files                 map[string]bool
	dependencies          map[string]string // as the author wrote them
	manager               string            // the field packageManager
	packageJSON, tsconfig string            // as they are in the container
}

func load(ctx context.Context, modSource *dagger.ModuleSource) (*module, error) {
	name, err := modSource.ModuleOriginalName(ctx)
	if err != nil {
		return nil, fmt.Errorf("module name: %w", err)
	}
	subpath, err := modSource.SourceSubpath(ctx)
	if err != nil {
		return nil, fmt.Errorf("module source path: %w", err)
	}
	mod := &module{name: name, subpath: subpath, source: dag.Directory(), files: map[string]bool{}}
	// a module that is being made has no folder yet
	if _, err := modSource.ContextDirectory().Directory(subpath).Entries(ctx); err == nil {
		mod.source = modSource.ContextDirectory().Directory(subpath)
	}
	entries, err := mod.source.Entries(ctx)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		mod.files[entry] = true
	}
	return mod, mod.readConfiguration(ctx)
}

func (mod *module) readConfiguration(ctx context.Context) error {
	manifest, tsconfig := defaultPackageJSON, ""
	var err error
	if mod.files["package.json"] {
		if manifest, err = mod.source.File("package.json").Contents(ctx); err != nil {
			return err
		}
		var read struct {
			PackageManager string            `json:"packageManager"`
			Dependencies   map[string]string `json:"dependencies"`
		}
		if err := json.Unmarshal([]byte(manifest), &read); err != nil {
			return fmt.Errorf("package.json: %w", err)
		}
		mod.dependencies, mod.manager = read.Dependencies, read.PackageManager
	}
	if mod.files["tsconfig.json"] {
		if tsconfig, err = mod.source.File("tsconfig.json").Contents(ctx); err != nil {
			return err
		}
	}
	if mod.packageJSON, err = withModuleType(manifest); err != nil {
		return fmt.Errorf("package.json: %w", err)
	}
	if mod.tsconfig, err = withLibraryPaths(tsconfig); err != nil {
		return fmt.Errorf("tsconfig.json: %w", err)
	}
	return nil
}

// path is where the module's source lies in the container.
func (mod *module) path() string {
	return path.Join(workdir, mod.subpath)
}

// code is all of the source but its configuration, which is written before, and what is generated or installed.
func (mod *module) code() *dagger.Directory {
	return dag.Directory().WithDirectory("/", mod.source, dagger.DirectoryWithDirectoryOpts{Exclude: []string{
		"package.json", "tsconfig.json", "pnpm-workspace.yaml", ".yarnrc.yml", "package-lock.json", "yarn.lock",
		"pnpm-lock.yaml", "bun.lockb", "bun.lock", "bunfig.toml", "deno.json", "deno.lock", "sdk", "node_modules",
	}})
}

type packageManager struct {
	lockFile, cacheFolder, cacheName string
	setUp, install, lock             []string
}

// packageManager is npm with a package-lock.json, Yarn without any lock file; the others have no program in this SDK.
func (mod *module) packageManager() (*packageManager, error) {
	name, version, _ := strings.Cut(mod.manager, "@")
	for _, lock := range []string{"bun.lock", "bun.lockb", "pnpm-lock.yaml"} {
		if mod.files[lock] {
			return nil, fmt.Errorf("%s: this SDK has npm and Yarn only", lock)
		}
	}
	switch {
	case name == "npm" || name == "" && mod.files["package-lock.json"]:
		if version == "" {
			version = "11.8.0"
		}
		check := "npm -v | grep -qx " + strings.ReplaceAll(version, ".", `\.`) + " || npm install -g npm@" + version
		return &packageManager{
			lockFile: "package-lock.json", cacheFolder: "/root/.npm", cacheName: "npm-cache-node-",
			setUp:   []string{"sh", "-c", check},
			install: []string{"npm", "install", "--omit=dev"},
			lock:    []string{"npm", "install", "--package-lock-only"},
		}, nil
	case name == "yarn" || name == "":
		return &packageManager{
			lockFile: "yarn.lock", cacheFolder: "/root/.cache/yarn", cacheName: "yarn-cache-node-",
			install: []string{"yarn", "install", "--prod"},
			lock:    []string{"yarn", "install", "--mode", "update-lockfile"},
		}, nil
	}
	return nil, fmt.Errorf("packageManager %q: this SDK has npm and Yarn only", mod.manager)
}
