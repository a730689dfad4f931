package haneul.runtime;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The function's class path: its directory, its lib/*.jar, and /opt/java/lib/*.jar of layers, in that order:
 * https://docs.aws.amazon.com/lambda/latest/dg/java-package.html
 *
 * <p>Of this client it sees Lambda's interfaces and nothing else, so that it may bring any version of
 * anything, a copy of those interfaces included: ours win, or its handler would not be one of ours.
 */
final class FunctionLoader extends URLClassLoader {
  FunctionLoader(String taskRoot, String layers) throws MalformedURLException {
    super(classPath(taskRoot, layers), new InterfacesOnly());
  }

  private static URL[] classPath(String taskRoot, String layers) throws MalformedURLException {
    final List<URL> out = new ArrayList<>();
    out.add(new URL("file", "", taskRoot + "/"));
    addJars(new File(taskRoot, "lib"), out);
    addJars(new File(layers, "lib"), out);
    return out.toArray(new URL[0]);
  }

  // In the order of their names, whatever the file system says.
  private static void addJars(File directory, List<URL> out) throws MalformedURLException {
    final String[] names = directory.list((parent, name) -> name.endsWith(".jar"));
    if (names == null) return;
    Arrays.sort(names);
    for (String name : names) out.add(new URL("file", "", directory.getPath() + "/" + name));
  }

  private static final class InterfacesOnly extends ClassLoader {
    private static final String INTERFACES = "com.amazonaws.services.lambda.runtime.";

    InterfacesOnly() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (!name.startsWith(INTERFACES)) throw new ClassNotFoundException(name);
      return InterfacesOnly.class.getClassLoader().loadClass(name);
    }
  }
}
