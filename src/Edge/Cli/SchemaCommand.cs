// Prints what editors need to complete and check the two files: a JSON Schema of one of them, or of both. Main thread.

using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal static class SchemaCommand
{
    public static Command Create()
    {
        Argument<string?> file = new Argument<string?>("edge|policy")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "whose schema; without it both, under $defs",
        };
        file.AcceptOnlyFromAmong("edge", "policy");
        Command command = new Command("schema", "Print a JSON Schema of edge.yaml or policy.yaml for editors") { file };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(Render(parsed.GetValue(file))));
        return command;
    }

    /// <param name="file">"edge" or "policy"; null: both.</param>
    public static string Render(string? file)
    {
        ArrayBufferWriter<byte> buffer = new();
        // The text goes into a file of its own and never into a page, so "<" and "'" may stand as they are.
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            switch (file)
            {
                case "edge":
                    Schema.WriteEdge(json);
                    break;
                case "policy":
                    Schema.WritePolicy(json);
                    break;
                default:
                    Schema.WriteBoth(json);
                    break;
            }
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
