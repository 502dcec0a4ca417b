// Asks this System.Text.Json. Standard input: a line of formulas (a JSON array), then documents in
// base64. Standard output: the version, then for each document each formula's bytes in base64, `!` if refused.
using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

class DotNet
{
    static string Result(string formula, string x)
    {
        var options = new JsonSerializerOptions
        {
            WriteIndented = formula.Contains("WriteIndented = true"),
            Encoder = formula.Contains("UnsafeRelaxedJsonEscaping") ? JavaScriptEncoder.UnsafeRelaxedJsonEscaping : null,
        };
        try
        {
            var printed = formula.Contains("Dictionary")
                ? JsonSerializer.Serialize(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(x), options)
                : JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(x), options);
            return "=" + Convert.ToBase64String(Encoding.UTF8.GetBytes(printed));
        }
        catch (Exception refused) when (refused is JsonException || refused is InvalidOperationException)
        {
            return "!";
        }
    }

    static void Main()
    {
        var formulas = JsonSerializer.Deserialize<string[]>(Console.In.ReadLine());
        Console.WriteLine("System.Text.Json of .NET " + Environment.Version);
        for (string line; (line = Console.In.ReadLine()) != null;)
        {
            var x = Encoding.UTF8.GetString(Convert.FromBase64String(line));
            var results = new List<string>();
            foreach (var formula in formulas)
            {
                results.Add(Result(formula, x));
            }
            Console.WriteLine(string.Join(" ", results));
        }
    }
}
