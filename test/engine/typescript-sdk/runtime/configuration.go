package main

import (
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

const (
	sdkPackage         = "@dagger.io/dagger"
	defaultPackageJSON = `{"type": "module"}`
	defaultTsconfig    = `{
  "compilerOptions": { "target": "ES2022", "moduleResolution": "Node", "strict": true, "skipLibCheck": true }
}
`
)

// withModuleType makes a manifest that of an ES module, without the SDK's package, which is generated instead, and with
// TypeScript. All else stays as it is written.
func withModuleType(manifest string) (string, error) {
	text, err := sjson.Set(withoutComments(manifest), "type", "module")
	if err != nil {
		return "", err
	}
	if !gjson.Get(text, "dependencies.typescript").Exists() {
		if text, err = sjson.Set(text, "dependencies.typescript", defaultTypeScript); err != nil {
			return "", err
		}
	}
	for _, list := range []string{"dependencies.", "devDependencies."} {
		if text, err = sjson.Delete(text, list+gjson.Escape(sdkPackage)); err != nil {
			return "", err
		}
	}
	return text, nil
}

// withLibraryPaths lets imports of the SDK's package find what is generated, and switches decorators on.
func withLibraryPaths(tsconfig string) (string, error) {
	if tsconfig == "" {
		tsconfig = defaultTsconfig
	}
	text := withoutComments(tsconfig)
	for _, part := range []struct{ name, file string }{
		{sdkPackage, "./sdk/index.ts"},
		{sdkPackage + "/telemetry", "./sdk/telemetry.ts"},
	} {
		var err error
		if text, err = sjson.Set(text, "compilerOptions.paths."+gjson.Escape(part.name), []string{part.file}); err != nil {
			return "", err
		}
	}
	return sjson.Set(text, "compilerOptions.experimentalDecorators", true)
}

// withoutComments drops what follows // outside of a string, up to the line's end; no other comment is known.
func withoutComments(text string) string {
	var out strings.Builder
	inString, escaped := false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '"' && !escaped {
			inString = !inString
		}
		if !inString && strings.HasPrefix(text[i:], "//") {
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				break
			}
			i += end
			out.WriteByte('\n')
			continue
		}
		out.WriteByte(c)
		escaped = c == '\\' && !escaped
	}
	return out.String()
}
