using System.Numerics;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>Arithmetic with Python's rules: integers of any size, floor division, text and list operands.</summary>
internal static class PythonOperators
{
    /// <summary>Integers stay below this many bits, so that a power cannot fill the memory.</summary>
    private const long MaxBits = 1 << 17;

    public static object? Add(RenderState state, object? left, object? right)
    {
        switch (left, right)
        {
            case (string a, string b):
                state.CheckText((long)a.Length + b.Length);
                return string.Concat(a, b);
            case (long a, long b):
                var sum = unchecked(a + b);
                return ((a ^ sum) & (b ^ sum)) < 0 ? (object)((BigInteger)a + b) : sum;
            case (Markup a, string or Markup):
                return new Markup(a.Text + Html.Escape(right).Text);
            case (string, Markup b):
                return new Markup(Html.Escape(left).Text + b.Text);
            case (ListValue a, ListValue b):
                state.CheckItems((long)a.Count + b.Count);
                return new ListValue([.. a.Items, .. b.Items]);
            case (TupleValue a, TupleValue b):
                state.CheckItems((long)a.Count + b.Count);
                return new TupleValue([.. a.Items, .. b.Items]);
        }

        FailIfUndefined(left, right);
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            return left is double || right is double ? Numbers.Double(left) + Numbers.Double(right) : Numbers.Of(Numbers.Big(left) + Numbers.Big(right));
        }

        throw left is string or Markup or SequenceValue
            ? TemplateException.Type($"can only concatenate {PythonTypes.NameOf(left)} (not \"{PythonTypes.NameOf(right)}\") to {PythonTypes.NameOf(left)}")
            : Unsupported("+", left, right);
    }

    public static object? Subtract(object? left, object? right)
    {
        if (left is long a && right is long b)
        {
            var difference = unchecked(a - b);
            return ((a ^ b) & (a ^ difference)) < 0 ? (object)((BigInteger)a - b) : difference;
        }

        CheckNumbers("-", left, right);
        return left is double || right is double ? Numbers.Double(left) - Numbers.Double(right) : Numbers.Of(Numbers.Big(left) - Numbers.Big(right));
    }

    public static object? Multiply(RenderState state, object? left, object? right)
    {
        FailIfUndefined(left, right);
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            if (left is double || right is double)
            {
                return Numbers.Double(left) * Numbers.Double(right);
            }

            if (left is long a && right is long b)
            {
                var product = (Int128)a * b;
                return product >= long.MinValue && product <= long.MaxValue ? (object)(long)product : (BigInteger)a * b;
            }

            return Bounded(Numbers.Big(left), Numbers.Big(right), BigInteger.Multiply);
        }

        var (sequence, times) = Numbers.IsInteger(right) ? (left, right) : (right, left);
        if (!Numbers.IsInteger(times))
        {
            throw Unsupported("*", left, right);
        }

        var count = Math.Max(0, Numbers.Index(times));
        switch (sequence)
        {
            case string text:
                return Repeat(state, text, count);
            case Markup markup:
                return new Markup(Repeat(state, markup.Text, count));
            case ListValue list:
                return new ListValue(Repeat(state, list.Items, count));
            case TupleValue tuple:
                return new TupleValue(Repeat(state, tuple.Items, count));
            default:
                throw Unsupported("*", left, right);
        }
    }

    public static object? Divide(object? left, object? right)
    {
        CheckNumbers("/", left, right);
        if (left is not double && right is not double && (left is BigInteger || right is BigInteger))
        {
            var (a, b) = (Numbers.Big(left), Numbers.Big(right));
            if (b.IsZero)
            {
                throw TemplateException.ZeroDivision("division by zero");
            }

            var whole = BigInteger.DivRem(a, b, out var rest);
            return (double)whole + ((double)rest / (double)b);
        }

        var divisor = Numbers.Double(right);
        return divisor == 0 ? throw TemplateException.ZeroDivision(left is double || right is double ? "float division by zero" : "division by zero") : Numbers.Double(left) / divisor;
    }

    public static object? FloorDivide(object? left, object? right)
    {
        CheckNumbers("//", left, right);
        if (left is double || right is double)
        {
            var divisor = Numbers.Double(right);
            return divisor == 0 ? throw TemplateException.ZeroDivision("float floor division by zero") : FloorDivide(Numbers.Double(left), divisor);
        }

        var (a, b) = (Numbers.Big(left), Numbers.Big(right));
        if (b.IsZero)
        {
            throw TemplateException.ZeroDivision("integer division or modulo by zero");
        }

        var quotient = BigInteger.DivRem(a, b, out var rest);
        return Numbers.Of(!rest.IsZero && (rest.Sign < 0) != (b.Sign < 0) ? quotient - 1 : quotient);
    }

    public static object? Modulo(RenderState state, object? left, object? right)
    {
        if (left is string or Markup)
        {
            return PercentFormat.Apply(state, left, right);
        }

        CheckNumbers("%", left, right);
        if (left is double || right is double)
        {
            var divisor = Numbers.Double(right);
            return divisor == 0 ? throw TemplateException.ZeroDivision("float modulo") : Modulo(Numbers.Double(left), divisor);
        }

        var (a, b) = (Numbers.Big(left), Numbers.Big(right));
        if (b.IsZero)
        {
            throw TemplateException.ZeroDivision("integer division or modulo by zero");
        }

        var rest = BigInteger.Remainder(a, b);
        return Numbers.Of(!rest.IsZero && (rest.Sign < 0) != (b.Sign < 0) ? rest + b : rest);
    }

    public static object? Power(object? left, object? right)
    {
        CheckNumbers("** or pow()", left, right);
        if (left is double || right is double || Numbers.Big(right).Sign < 0)
        {
            var (x, y) = (Numbers.Double(left), Numbers.Double(right));
            if (x == 0 && y < 0)
            {
                throw TemplateException.ZeroDivision("0.0 cannot be raised to a negative power");
            }

            var power = Math.Pow(x, y);
            if (x < 0 && double.IsNaN(power) && !double.IsNaN(y))
            {
                throw TemplateException.Value("a negative number to a fractional power is complex, which templates cannot use");
            }

            return double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y) ? throw TemplateException.Overflow("(34, 'Numerical result out of range')") : power;
        }

        var number = Numbers.Big(left);
        var exponent = Numbers.Big(right);
        if (number.IsZero || number.IsOne || number == BigInteger.MinusOne)
        {
            return Numbers.Of(exponent.IsZero ? 1 : number == BigInteger.MinusOne && exponent.IsEven ? 1 : number);
        }

        return exponent * number.GetBitLength() > MaxBits
            ? throw TemplateException.Limit("The result of ** is larger than a template may compute.")
            : Numbers.Of(BigInteger.Pow(number, (int)exponent));
    }

    public static object? Negate(object? value) => value switch
    {
        long l when l != long.MinValue => -l,
        double d => -d,
        bool or long or BigInteger => Numbers.Of(-Numbers.Big(value)),
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw TemplateException.Type($"bad operand type for unary -: '{PythonTypes.NameOf(value)}'"),
    };

    public static object? Positive(object? value) => value switch
    {
        bool b => b ? 1L : 0L,
        long or double or BigInteger => value,
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw TemplateException.Type($"bad operand type for unary +: '{PythonTypes.NameOf(value)}'"),
    };

    private static double FloorDivide(double x, double y)
    {
        var modulo = Modulo(x, y);
        var quotient = (x - modulo) / y;
        return quotient == 0 ? Math.CopySign(0, x / y) : Math.Floor(quotient) is var floor && quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double Modulo(double x, double y)
    {
        var modulo = x % y;
        return modulo == 0 ? Math.CopySign(0, y) : (modulo < 0) != (y < 0) ? modulo + y : modulo;
    }

    private static object Bounded(BigInteger left, BigInteger right, Func<BigInteger, BigInteger, BigInteger> operation) =>
        left.GetBitLength() + right.GetBitLength() > MaxBits ? throw TemplateException.Limit("An integer is larger than a template may compute.") : Numbers.Of(operation(left, right));

    private static string Repeat(RenderState state, string text, long count)
    {
        state.CheckText(checked(text.Length * Math.Min(count, int.MaxValue)));
        return count == 0 || text.Length == 0 ? "" : new System.Text.StringBuilder(text.Length * (int)count).Insert(0, text, (int)count).ToString();
    }

    private static object?[] Repeat(RenderState state, object?[] items, long count)
    {
        state.CheckItems(items.Length * Math.Min(count, int.MaxValue));
        return items.Length == 0 ? [] : [.. Enumerable.Range(0, (int)count).SelectMany(_ => items)];
    }

    private static void CheckNumbers(string sign, object? left, object? right)
    {
        FailIfUndefined(left, right);
        if (!Numbers.IsNumber(left) || !Numbers.IsNumber(right))
        {
            throw Unsupported(sign, left, right);
        }
    }

    private static void FailIfUndefined(object? left, object? right)
    {
        if (left is UndefinedValue a)
        {
            throw a.Failure();
        }

        if (right is UndefinedValue b)
        {
            throw b.Failure();
        }
    }

    private static TemplateException Unsupported(string sign, object? left, object? right) =>
        TemplateException.Type($"unsupported operand type(s) for {sign}: '{PythonTypes.NameOf(left)}' and '{PythonTypes.NameOf(right)}'");
}
