/** The package's main entry is a CommonJS build that an ES module cannot load; this one it can, but it is untyped. */
declare module "wgsl_reflect/wgsl_reflect.module.js" {
  export * from "wgsl_reflect";
}
