// Loads the addon of a platform, by the name of its package. CommonJS with every name spelled out, because tools that trace which files a program needs follow just that.
// Turbopack sets `process.turbopack` where it bundles this, which it cannot with a binary: there the package is found in another way.
module.exports = function loadPrebuilt(name) {
  if (process.turbopack) return undefined;
  else {
    switch (name) {
      case "@interloop/native-linux-x64-gnu":
        return require("@interloop/native-linux-x64-gnu");
      case "@interloop/native-linux-x64-musl":
        return require("@interloop/native-linux-x64-musl");
      case "@interloop/native-linux-arm64-gnu":
        return require("@interloop/native-linux-arm64-gnu");
      case "@interloop/native-linux-arm64-musl":
        return require("@interloop/native-linux-arm64-musl");
      case "@interloop/native-darwin-arm64":
        return require("@interloop/native-darwin-arm64");
      case "@interloop/native-darwin-x64":
        return require("@interloop/native-darwin-x64");
      default:
        return undefined;
    }
  }
};
