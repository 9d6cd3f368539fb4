// What the elementwise kernels compute, four elements at a time. The op is a constant that the compiler folds away.
import {
  exp4, log4, logOnePlus4, normalDensity4, normalDistribution4, sigmoid4, tanh4,
} from "../vector-math.assembly";

export const enum Op {
  Add,
  Sub,
  Mul,
  Div,
  DivGradient,
  Maximum,
  MaximumGradientA,
  MaximumGradientB,
  Neg,
  Exp,
  Log,
  Sqrt,
  SqrtGradient,
  Square,
  SquareGradient,
  Relu,
  ReluGradient,
  Elu,
  EluGradient,
  Sigmoid,
  SigmoidGradient,
  Tanh,
  TanhGradient,
  Softplus,
  SoftplusGradient,
  Silu,
  SiluGradient,
  Gelu,
  GeluGradient,
  LeakyRelu,
  LeakyReluGradient,
  Minimum,
  MinimumGradientA,
  MinimumGradientB,
  Clip,
  ClipGradient,
  Where,
  WhereGradientA,
  WhereGradientB,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  Equal,
}

// @ts-ignore: decorator
@inline
export function apply(op: i32, a: v128, b: v128, c: v128, alpha: v128): v128 {
  const zero = f32x4.splat(0);
  if (op == Op.Add) return f32x4.add(a, b);
  if (op == Op.Sub) return f32x4.sub(a, b);
  if (op == Op.Mul) return f32x4.mul(a, b);
  if (op == Op.Div) return f32x4.div(a, b);
  if (op == Op.DivGradient) return f32x4.neg(f32x4.div(f32x4.mul(a, b), c));
  if (op == Op.Maximum) return f32x4.max(a, b);
  if (op == Op.MaximumGradientA) return v128.and(a, f32x4.ge(b, c));
  if (op == Op.MaximumGradientB) return v128.and(a, f32x4.lt(b, c));
  if (op == Op.Neg) return f32x4.neg(a);
  if (op == Op.Exp) return exp4(a);
  if (op == Op.Log) return log4(a);
  if (op == Op.Sqrt) return f32x4.sqrt(a);
  if (op == Op.SqrtGradient) return f32x4.div(f32x4.mul(a, f32x4.splat(0.5)), b);
  if (op == Op.Square) return f32x4.mul(a, a);
  if (op == Op.SquareGradient) return f32x4.mul(f32x4.add(a, a), b);
  if (op == Op.Minimum) return f32x4.min(a, b);
  if (op == Op.MinimumGradientA) return v128.and(a, f32x4.le(b, c));
  if (op == Op.MinimumGradientB) return v128.and(a, f32x4.gt(b, c));
  if (op == Op.Clip) return f32x4.min(f32x4.max(a, b), c);
  if (op == Op.ClipGradient) return v128.and(a, f32x4.eq(b, c));
  if (op == Op.Where) return v128.bitselect(b, c, f32x4.ne(a, zero));
  if (op == Op.WhereGradientA) return v128.and(a, f32x4.ne(b, zero));
  if (op == Op.WhereGradientB) return v128.and(a, f32x4.eq(b, zero));
  const one = f32x4.splat(1);
  if (op == Op.Greater) return v128.and(one, f32x4.gt(a, b));
  if (op == Op.GreaterEqual) return v128.and(one, f32x4.ge(a, b));
  if (op == Op.Less) return v128.and(one, f32x4.lt(a, b));
  if (op == Op.LessEqual) return v128.and(one, f32x4.le(a, b));
  if (op == Op.Equal) return v128.and(one, f32x4.eq(a, b));
  return activation(op, a, b, alpha);
}

/** Activations, and their gradients: there `a` is dy, and `b` is y or x, whichever the gradient is made from. */
// @ts-ignore: decorator
@inline
function activation(op: i32, a: v128, b: v128, alpha: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == Op.Relu) return f32x4.max(a, zero);
  if (op == Op.ReluGradient) return v128.and(a, f32x4.gt(b, zero));
  if (op == Op.Elu) {
    const below = f32x4.min(a, zero);
    return v128.bitselect(a, f32x4.mul(alpha, f32x4.sub(exp4(below), one)), f32x4.gt(a, zero));
  }
  if (op == Op.EluGradient) return v128.bitselect(a, f32x4.mul(a, f32x4.add(b, alpha)), f32x4.gt(b, zero));
  if (op == Op.LeakyRelu) return v128.bitselect(a, f32x4.mul(a, alpha), f32x4.gt(a, zero));
  if (op == Op.LeakyReluGradient) return v128.bitselect(a, f32x4.mul(a, alpha), f32x4.gt(b, zero));
  if (op == Op.Sigmoid) return sigmoid4(a);
  if (op == Op.SigmoidGradient) return f32x4.mul(a, f32x4.mul(b, f32x4.sub(one, b)));
  if (op == Op.Tanh) return tanh4(a);
  if (op == Op.TanhGradient) return f32x4.mul(a, f32x4.mul(f32x4.sub(one, b), f32x4.add(one, b)));
  if (op == Op.Softplus) return f32x4.add(f32x4.max(a, zero), logOnePlus4(exp4(f32x4.neg(f32x4.abs(a)))));
  if (op == Op.SoftplusGradient) return f32x4.mul(a, sigmoid4(b));
  if (op == Op.Silu) return f32x4.mul(a, sigmoid4(a));
  if (op == Op.SiluGradient) {
    const slope = f32x4.add(one, f32x4.mul(b, sigmoid4(f32x4.neg(b))));
    return f32x4.mul(a, f32x4.mul(sigmoid4(b), slope));
  }
  if (op == Op.Gelu) return f32x4.mul(a, normalDistribution4(a));
  return f32x4.mul(a, f32x4.add(normalDistribution4(b), f32x4.mul(b, normalDensity4(b))));
}
